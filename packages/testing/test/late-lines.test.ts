import { configure, run } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import type { TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aborted, late } from './late-lines-tasks.ts'

let server: TernServer
let client: TernClient

beforeAll(async () => {
  server = await startTestServer({ logger: pino({ level: 'silent' }) })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
})
afterAll(() => server?.stop())

async function linesOf(name: string, attempt: number, onLine?: (line: string) => Promise<void>) {
  const lines: string[] = []
  for await (const { text } of client.logs(name, 'a0', { attempt })) {
    lines.push(text)
    await onLine?.(text)
  }
  return lines
}

const written = (attempt: number): string[] => [
  `attempt ${attempt} works`,
  `attempt ${attempt} stops its job`,
  `attempt ${attempt} has stopped its job`,
]

test('what a task writes after its abort is in its log: for those who follow it, and for those who read it later', async () => {
  const { name } = await run(aborted, {}, { mode: 'remote' })
  const followed = await linesOf(name, 1, async (line) => {
    if (line === 'attempt 1 works') await client.abortRun(name, 'enough')
  })
  expect(followed).toEqual(written(1))
  expect(await linesOf(name, 1)).toEqual(followed)
})

test('what an attempt writes after its time is over is in its log, and in none of another', async () => {
  const handle = await run(late, {}, { mode: 'remote' })
  expect((await handle.wait()).phase).toBe('SUCCEEDED')
  expect(await linesOf(handle.name, 1)).toEqual(written(1))
  expect(await linesOf(handle.name, 2)).toEqual(['attempt 2 is done'])
})

test('a local run has them, too', async () => {
  const handle = await run.local(aborted, {}, { local: { output: 'capture' } })
  const lines = (): string[] =>
    handle.actions.flatMap(({ attempts }) => attempts.flatMap(({ logs }) => logs.map(({ text }) => text)))
  await expect.poll(lines).toEqual(['attempt 1 works'])
  await handle.abort('enough')
  await handle.settled()
  expect(lines()).toEqual(written(1))
})
