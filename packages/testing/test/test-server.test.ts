import { startTestServer } from '@tern/testing/server'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { approve } from './test-server-tasks.ts'

const logger = pino({ level: 'silent' })

test('a server runs tasks, has its conditions answered, and is gone afterwards', async () => {
  const server = await startTestServer({ logger })
  const handle = await server.run(approve, { n: 1 })
  await server.answer(handle, 'share', 2)
  await server.answer(handle.name, 'ok', true)
  expect(await handle.outputs()).toBe('1 2 true')
  await expect(server.answer(handle, 'ok', true)).rejects.toThrow(/has ended as SUCCEEDED/)
  expect((await fetch(`${server.url}/healthz`)).ok).toBe(true)
  await server[Symbol.asyncDispose]()
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
})

test('servers do not know of each other', async () => {
  const [first, second] = await Promise.all([startTestServer({ logger }), startTestServer({ logger })])
  const handle = await first.run(approve, { n: 2 })
  await handle.abort()
  await expect(second.client.getRun(handle.name)).rejects.toThrow(/not exist/)
  await first.stop()
  await first.stop()
  await second.stop()
})
