import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ActionPhase } from '@tern/idl/common'
import type { TernClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

/** A folder with no programs in it. */
let noPrograms: string
let project: FlyteProject
let client: TernClient

beforeAll(async () => {
  noPrograms = mkdtempSync(join(tmpdir(), 'tern-python-images-'))
  // Flyte's command finds no Docker, and nothing beyond this machine.
  const env = { PATH: noPrograms, HTTPS_PROXY: 'http://127.0.0.1:9' }
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python'), env })
  client = project.client
}, 300_000)
afterAll(async () => {
  await project?.stop()
  rmSync(noPrograms, { recursive: true, force: true })
})

const flyte = (...args: ReadonlyArray<string>) => project.flyte(...args)
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
    const usual = dirname(dirname(project.python))
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
