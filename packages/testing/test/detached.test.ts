import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromOutputs, phaseName } from '@tern/core'
import { configure, run } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { companion, starter } from './detached-tasks.ts'

let folder: string
let journal: string
let gate: string
let server: ServerProcess
let client: TernClient

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-detached-'))
  journal = join(folder, 'journal')
  gate = join(folder, 'gate')
  await start()
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function start(port?: number): Promise<void> {
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), port, log: 'ignore' })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
}

const lines = (): string[] => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : [])

/** The name of the detached run, once it is there. */
async function begun(): Promise<string> {
  await expect.poll(() => lines()[0]).toMatch(/^began /)
  return lines()[0]!.slice('began '.length)
}

/** The phase of a run, at its end or, unless waited for, now. */
async function phaseOf(name: string, { isWaitedFor = true } = {}): Promise<string> {
  const { status } = isWaitedFor ? await client.waitForAction(name, 'a0') : await client.getAction(name)
  return phaseName(status?.phase ?? 0)
}

test.each([
  ['small', 10],
  ['large', 200_000],
])('a detached call with %s inputs is a run of its own, started once, which outlives its parent', async (_, size) => {
  const handle = await run(starter, { journal, gate, size })
  const name = await handle.outputs()
  expect(await begun()).toBe(name)
  expect(await handle.wait()).toMatchObject({ phase: 'SUCCEEDED', attempts: 2 })
  // Its server may hear a moment later that it runs.
  await expect.poll(() => phaseOf(name, { isWaitedFor: false })).toBe('RUNNING')
  writeFileSync(gate, '')
  expect(await phaseOf(name)).toBe('SUCCEEDED')
  const { outputs } = await client.getActionData(name)
  expect(outputs && fromOutputs(outputs)).toEqual({ o0: size })
  expect(lines()).toEqual([`began ${name}`, 'ended'])
})

test('it goes on when its parent is aborted, and when the server was killed; its labels say where it comes from', async () => {
  const handle = await run(companion, { journal, gate })
  const name = await begun()
  await handle.abort('enough')
  expect(await handle.wait()).toMatchObject({ phase: 'ABORTED' })
  await server.kill()
  await start(server.port)
  const { runSpec } = await client.getRun(name)
  expect(runSpec?.labels?.values).toEqual({ 'detached-from-run': handle.name, 'detached-from-action': 'a0' })
  writeFileSync(gate, '')
  expect(await phaseOf(name)).toBe('SUCCEEDED')
})

test('it is aborted as any run', async () => {
  await run(companion, { journal, gate })
  const name = await begun()
  await client.abortRun(name, 'enough of it')
  expect(await phaseOf(name)).toBe('ABORTED')
})
