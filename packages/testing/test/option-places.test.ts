import { configure, run } from '@tern/sdk'
import type { TernServer } from '@tern/server'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer } from '@tern/test-support'
import { crowded } from './option-tasks.ts'

let server: TernServer

beforeAll(async () => {
  server = await startTestServer({
    queues: { narrow: { maxConcurrency: 1 }, broad: {} },
    maxWorkersPerPool: 1,
    logger: pino({ level: 'silent' }),
  })
  configure({ endpoint: server.url })
})
afterAll(() => server.stop())

test('the queue of the environment decides how many are busy at once, or that of the call', async () => {
  expect(await (await run(crowded)).outputs()).toEqual({ inQueue: 1, inOther: 3 })
})
