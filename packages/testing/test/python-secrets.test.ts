import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { createClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../src/index.ts'
import { flytePython, type FlytePython } from '../src/python.ts'

const exec = promisify(execFile)

let python: FlytePython
let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>

beforeAll(async () => {
  python = await flytePython()
  folder = mkdtempSync(join(tmpdir(), 'tern-python-secrets-'))
  cpSync(join(import.meta.dirname, 'python'), folder, { recursive: true })
  server = await startTestServer({ python: python.python })
  const endpoint = new URL(server.url).host.replace('127.0.0.1', 'localhost')
  const place = ['--project', 'flytesnacks', '--domain', 'development']
  await flyte('create', 'config', '--endpoint', endpoint, '--insecure', ...place)
}, 300_000)
afterAll(async () => {
  await server?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** Runs Flyte's own command, or its Python, and returns what it said, whether it succeeded or not. */
async function flyte(...args: ReadonlyArray<string>): Promise<string> {
  return said(python.flyte, args)
}

async function said(command: string, args: ReadonlyArray<string>): Promise<string> {
  const { PATH = '' } = process.env
  const env = { PATH, HOME: folder, COLUMNS: '200', NO_COLOR: '1' }
  const output = await exec(command, [...args], { cwd: folder, env }).catch((error: unknown) => error)
  const { stdout, stderr } = output as { stdout: string; stderr: string }
  return stripVTControlCharacters(stdout + stderr)
}

const runName = (output: string): string => /Created Run: (\w+)/.exec(output)?.[1] ?? ''

describe("Flyte's own Python SDK", { timeout: 120_000 }, () => {
  test('makes secrets, which its tasks find and nobody else does', async () => {
    const place = ['--project', 'flytesnacks', '--domain', 'development']
    await flyte('create', 'secret', 'api-key', '--value', 'hidden', ...place)
    expect(await flyte('get', 'secret', ...place)).toContain('api-key')
    expect(await flyte('get', 'secret', 'api-key', ...place)).not.toContain('hidden')
    const output = await flyte('run', '--follow', 'secretive.py', 'main')
    const io = await flyte('get', 'io', runName(output))
    expect(io).toContain('None | neddih neddih None | neddih')
    await flyte('delete', 'secret', 'api-key', ...place)
    expect(await flyte('get', 'secret', ...place)).not.toContain('api-key')
  })

  test('is told which secret is missing, and its task never starts', async () => {
    const output = await flyte('run', '--follow', 'secretive.py', 'refused')
    const { result } = await createClient({ endpoint: server.url }).getAction(runName(output))
    expect(result).toMatchObject({ value: { message: expect.stringContaining('tern create secret not-there') } })
  })

  test('edits settings, and its runs follow them', async () => {
    const edit = [
      'import flyte, flyte.remote as remote',
      'flyte.init_from_config()',
      'settings = remote.Settings.get_settings_for_edit(domain="development")',
      'settings.update_settings({"environment_variables": {"LEVEL": "high"}, "run.default_queue": "slow"})',
      'settings = remote.Settings.get_settings_for_edit(domain="development", project="flytesnacks")',
      'print([(s.key, s.value, str(s.origin)) for s in settings.effective_settings])',
    ].join('\n')
    expect(await said(python.python, ['-c', edit])).toContain("'slow'")
    await flyte('create', 'secret', 'api-key', '--value', 'x', '--project', 'flytesnacks', '--domain', 'development')
    const output = await flyte('run', '--follow', 'secretive.py', 'variables')
    expect(await flyte('get', 'io', runName(output))).toContain('x x high')
  })
})
