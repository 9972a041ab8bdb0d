import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { ActionPhase } from '@tern/idl/common'
import { createClient, type TernClient } from '@tern/sdk/client'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../src/index.ts'
import { flytePython, type FlytePython } from '../src/python.ts'

const exec = promisify(execFile)

let python: FlytePython
let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>
let client: TernClient

beforeAll(async () => {
  python = await flytePython()
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tern-python-images-')))
  cpSync(join(import.meta.dirname, 'python'), folder, { recursive: true })
  mkdirSync(join(folder, 'bin'))
  server = await startTestServer({ python: python.python, logger: pino({ level: 'silent' }) })
  client = createClient({ endpoint: server.url })
  const endpoint = new URL(server.url).host.replace('127.0.0.1', 'localhost')
  const place = ['--project', 'flytesnacks', '--domain', 'development']
  await flyte('create', 'config', '--endpoint', endpoint, '--insecure', ...place)
}, 300_000)
afterAll(async () => {
  await server?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** Runs Flyte's own command where there is no Docker, and nothing beyond this machine. */
async function flyte(...args: ReadonlyArray<string>): Promise<string> {
  const nowhere = 'http://127.0.0.1:9'
  const env = { PATH: join(folder, 'bin'), HOME: folder, COLUMNS: '300', NO_COLOR: '1', HTTPS_PROXY: nowhere }
  const output = await exec(python.flyte, [...args], { cwd: folder, env }).catch((error: unknown) => error)
  const { stdout, stderr } = output as { stdout: string; stderr: string }
  return stripVTControlCharacters(stdout + stderr)
}

const runName = (output: string): string => /Created Run: (\w+)/.exec(output)?.[1] ?? output

async function linesOf(run: string): Promise<ReadonlyArray<string>> {
  const lines: string[] = []
  for await (const { text } of client.logs(run)) lines.push(text)
  return lines
}

async function resultOf(run: string): Promise<string> {
  const { status } = await client.getAction(run)
  expect(status?.phase).toBe(ActionPhase.SUCCEEDED)
  return await flyte('get', 'io', run)
}

describe("images of Flyte's own Python SDK", { timeout: 300_000 }, () => {
  test('are built by the server, once, and their tasks run in what was built', async () => {
    const output = await flyte('--image-builder', 'remote', 'run', '--follow', 'images.py', 'main')
    expect(output).toContain('Build completed')
    const io = await resultOf(runName(output))
    const usual = dirname(dirname(python.python))
    expect(io).toMatch(/2\.0\.0 1\.17\.0 2\.12\.1 green data \S+\/environments\/\S+ \| /)
    expect(io).toContain(` | ${usual}`)
    const [, build = ''] = /Started build at: \S+\/runs\/(\w+)/.exec(output) ?? []
    const log = await linesOf(build)
    expect(log).toContainEqual(expect.stringContaining('six==1.17.0'))
    expect(log).toContainEqual(expect.stringMatching(/^warning: .* not installed, .*: vim$/))
    expect(log.at(-1)).toMatch(/^the environment is ready/)

    const again = await flyte('--image-builder', 'remote', 'run', '--follow', 'images.py', 'tell')
    expect(again).toContain('already exists, skipping build')
    // The client that would build by itself finds nothing to build with, and the server knows what it means.
    const local = await flyte('run', '--follow', 'images.py', 'tell')
    expect(local).toContain('assuming it exists')
    expect(await resultOf(runName(local))).toContain('2.0.0 1.17.0')
  })

  test('that cannot be built say which package it is, in the log and in the error', async () => {
    const output = await flyte('--image-builder', 'remote', 'run', 'images.py', 'never')
    const [, build = output] = /Build failed in \S+ at \S+\/runs\/(\w+)/.exec(output) ?? []
    const { result } = await client.getAction(build)
    expect(result).toMatchObject({
      case: 'errorInfo',
      value: { message: expect.stringContaining('the packages: the package no-such-package-of-tern was not found') },
    })
    expect(await linesOf(build)).toContainEqual(expect.stringContaining('No matching distribution found'))
  })

  test('that nobody built run with the usual Python, and the log says so', async () => {
    const output = await flyte('run', '--follow', 'images.py', 'never')
    expect(await resultOf(runName(output))).toContain('no')
    expect(await linesOf(runName(output))).toContainEqual(
      expect.stringMatching(/^warning: the image localhost:30000\/broken:\w+ was not built by this server/),
    )
  })
})
