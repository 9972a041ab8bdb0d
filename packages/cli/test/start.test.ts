import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { text } from 'node:stream/consumers'
import { ended, readyLine, spawnTern, tern, type TernOptions } from './tern-process.ts'

test('prints one line with the address when it is ready, and stops at a signal', async () => {
  const dataDir = aFolder()
  const child = startTern(['--port', '0', '--data-dir', dataDir])
  const lines: string[] = []
  child.stdout!.on('data', (chunk) => lines.push(String(chunk)))
  const line = await new Promise<string>((resolve) => child.stdout!.once('data', (chunk) => resolve(String(chunk))))
  expect(line).toMatch(/^Tern is ready at http:\/\/127\.0\.0\.1:\d+ \(data in .*; stop it with Ctrl-C\)\n$/)
  const url = /http:\S+/.exec(line)?.[0] ?? ''
  expect((await fetch(`${url}/readyz`)).ok).toBe(true)

  const stderr = text(child.stderr!)
  child.kill('SIGINT')
  await ended(child)
  expect(child.exitCode).toBe(0)
  expect(lines).toHaveLength(1)
  expect(await stderr).toBe('')
  await expect(fetch(`${url}/readyz`)).rejects.toThrow()
})

test('prints one JSON line with -o json', async () => {
  const dataDir = aFolder()
  const child = startTern(['-o', 'json'], { env: { TERN_PORT: '0', TERN_DATA_DIR: dataDir } })
  const ready = await readyLine(child)
  expect(ready).toEqual({
    url: `http://127.0.0.1:${ready.port}`,
    host: '127.0.0.1',
    port: expect.any(Number),
    dataDir,
    pid: child.pid,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  })
  child.kill('SIGTERM')
  await ended(child)
  expect(child.exitCode).toBe(0)
})

test('keeps its runs from one start to the next', async () => {
  const dataDir = aFolder()
  const start = async () => {
    const child = startTern(['--port', '0', '--data-dir', dataDir, '-o', 'json'])
    const { url } = await readyLine(child)
    const stop = () => (child.kill('SIGTERM'), ended(child))
    return { env: { TERN_ENDPOINT: url }, stop }
  }
  const first = await start()
  await tern(['run', '-f', 'examples/hello.ts', 'main', '--numbers', '1', '--name', 'kept'], { env: first.env })
  await first.stop()
  const second = await start()
  const { stdout } = await tern(['get', 'io', 'kept', '-o', 'json'], { env: second.env })
  await second.stop()
  expect(JSON.parse(stdout)).toMatchObject({ inputs: { numbers: [1] }, outputs: { o0: 7 } })
})

test('has the domains and the key for secrets that it is told', async () => {
  const dataDir = aFolder()
  const keyFile = join(dataDir, 'key')
  writeFileSync(keyFile, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  const flags = ['--port', '0', '--data-dir', dataDir, '--domains', 'test, live']
  const child = startTern([...flags, '-o', 'json'], { env: { TERN_SECRET_KEY_FILE: keyFile } })
  const env = { TERN_ENDPOINT: (await readyLine(child)).url }
  const project = await tern(['get', 'project', 'flytesnacks', '-o', 'json'], { env })
  const secret = await tern(['create', 'secret', 'A', '-d', 'live'], { env, stdin: 'x' })
  child.kill('SIGTERM')
  await ended(child)
  expect(JSON.parse(project.stdout)).toMatchObject({ domains: ['test', 'live'] })
  expect(secret.stdout).toBe('Created secret A for domain live.\n')
  // Made only where no other key is named.
  expect(existsSync(join(dataDir, 'secrets.key'))).toBe(false)
})

/** `tern start`, which is over when the test is. */
function startTern(args: readonly string[], options: TernOptions = {}): ChildProcess {
  const child = spawnTern(['start', ...args], options)
  onTestFinished(() => (child.kill('SIGTERM'), ended(child)))
  return child
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tern-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
