import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { ActionPhase } from '@tern/idl/common'
import { createClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flytePython, type FlytePython } from '../src/python.ts'
import { startTestServer } from '../src/index.ts'

const exec = promisify(execFile)

let python: FlytePython
let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>

beforeAll(async () => {
  python = await flytePython()
  folder = mkdtempSync(join(tmpdir(), 'tern-python-'))
  cpSync(join(import.meta.dirname, 'python'), folder, { recursive: true })
  server = await startTestServer({ python: python.python })
  const place = ['--project', 'flytesnacks', '--domain', 'development']
  await flyte(
    'create',
    'config',
    '--endpoint',
    new URL(server.url).host.replace('127.0.0.1', 'localhost'),
    '--insecure',
    ...place,
  )
}, 300_000)
afterAll(async () => {
  await server?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** Runs Flyte's own command, which finds its config in the folder. */
async function flyte(...args: ReadonlyArray<string>): Promise<string> {
  const { PATH = '' } = process.env
  // The home folder holds its caches: of what was uploaded to which server, among other things.
  const env = { PATH, HOME: folder, COLUMNS: '200', NO_COLOR: '1' }
  const { stdout, stderr } = await exec(python.flyte, [...args], { cwd: folder, env })
  return stripVTControlCharacters(stdout + stderr)
}

const runName = (output: string): string => /Created Run: (\w+)/.exec(output)?.[1] ?? ''

describe("Flyte's own Python SDK", { timeout: 120_000 }, () => {
  test('runs a pipeline whose tasks are processes of this machine', async () => {
    const output = await flyte('run', '--follow', 'pipeline.py', 'main', '--n', '4')
    const client = createClient({ endpoint: server.url })
    const actions: string[] = []
    for await (const { id } of client.listActions(runName(output))) actions.push(id?.name ?? '')
    expect(actions).toHaveLength(5)
    const io = await flyte('get', 'io', runName(output))
    expect(io).toContain('o0=14')
    expect(await flyte('get', 'run')).toContain(runName(output))
  })

  test('is told of a failure as its task put it', async () => {
    const output = await flyte('run', '--follow', 'pipeline.py', 'fail', '--reason', 'out of luck')
    expect(output).toContain('ValueError: out of luck')
    const details = await createClient({ endpoint: server.url }).getAction(runName(output))
    expect(details.result).toMatchObject({
      case: 'errorInfo',
      value: { message: expect.stringContaining('out of luck') },
    })
  })

  test('recovers a run that failed', async () => {
    const file = join(folder, 'there')
    const failed = runName(await flyte('run', '--follow', 'recovered.py', 'main', '--file', file))
    writeFileSync(file, '')
    // A name that the run does not have means nothing to it.
    const again = await flyte('rerun', failed, '--recover', '--force-rerun-action', 'nothing', '--follow')
    const client = createClient({ endpoint: server.url })
    await expect
      .poll(async () => (await client.getAction(runName(again))).status?.phase, { timeout: 60_000 })
      .toBe(ActionPhase.SUCCEEDED)
    const phases = new Map<string, ActionPhase | undefined>()
    for await (const { metadata, status } of client.listActions(runName(again))) {
      phases.set(metadata?.funtionName ?? '', status?.phase)
    }
    expect(Object.fromEntries(phases)).toEqual({
      'recovered.main': ActionPhase.SUCCEEDED,
      'recovered.good': ActionPhase.RECOVERED,
      'recovered.needs': ActionPhase.SUCCEEDED,
    })
  })
})
