import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../src/run-cli.ts'
import { memoryIo } from '../src/test/memory-io.ts'

const fixture = fileURLToPath(new URL('./fixtures/images.ts', import.meta.url))
// Inside the repository, where the packages that the file imports are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))

let folder: string
beforeEach(() => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'cli-build-'))
  copyFileSync(fixture, join(folder, 'images.ts'))
  writeFileSync(join(folder, 'notes.txt'), 'notes')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function build(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const io = memoryIo({ now: Date.now(), cwd: folder, env })
  const code = await runCli(['build', 'images.ts', ...args], io)
  return { code, ...io.written }
}

/** A docker that notes how it is called. */
function fakeDocker(script = ''): Readonly<Record<string, string>> {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho "$@" >> '${folder}/calls'\necho building\n${script}\n`)
  chmodSync(join(bin, 'docker'), 0o755)
  return { PATH: `${bin}:${process.env['PATH']}` }
}

test('the images of a file are built with docker, and pushed where that is asked for', async () => {
  const env = fakeDocker(
    '[ "$1" = push ] || for last; do :; done; [ "$1" = push ] || cp -r "$last" ' + `'${folder}/context'`,
  )
  const { code, stdout, stderr } = await build(['--push', '-o', 'json'], env)
  expect([code, stderr]).toEqual([0, expect.stringContaining('building')])
  const [view] = JSON.parse(stdout) as { image: string }[]
  expect(JSON.parse(stdout)).toMatchObject([{ environment: 'video', state: 'pushed', context: null }])
  expect(view?.image).toMatch(/^video:[0-9a-f]{16}$/)
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
  expect(calls).toEqual([expect.stringMatching(`^build --tag ${view?.image} /.+`), `push ${view?.image}`])
  expect(readFileSync(join(folder, 'context', 'notes.txt'), 'utf8')).toBe('notes')
  expect(existsSync(calls[0]!.split(` ${view?.image} `)[1]!)).toBe(false)
})

test('what they are built from is shown, or written', async () => {
  const { stdout } = await build(['--dry-run'])
  expect(stdout).toMatch(/^# video: video:[0-9a-f]{16}\nFROM node:24-bookworm-slim\n/)
  const written = await build(['video', '--context', 'out'])
  expect(written.stdout).toMatch(/^video: docker build --tag video:[0-9a-f]{16} .*out\/video\n$/)
  expect(stdout).toContain(readFileSync(join(folder, 'out', 'video', 'Dockerfile'), 'utf8'))
  expect(readFileSync(join(folder, 'out', 'video', 'notes.txt'), 'utf8')).toBe('notes')
})

test('what cannot be built is said', async () => {
  const nowhere = join(folder, 'nowhere')
  expect((await build([], { PATH: nowhere })).stderr).toContain('there is no docker on this machine')
  expect((await build([], fakeDocker('exit 3'))).stderr).toContain('docker build ended with code 3')
  expect((await build(['vidoe'])).stderr).toMatch(/no environment vidoe with an image.*\n.*Did you mean video\?/)
  rmSync(join(folder, 'notes.txt'))
  expect((await build(['--dry-run'])).stderr).toContain('the image needs notes.txt, which is not in')
})
