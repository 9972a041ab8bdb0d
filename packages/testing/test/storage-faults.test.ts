import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const program = fileURLToPath(new URL('./read-only-storage.ts', import.meta.url))
const inNamespace = ['--map-root-user', '--mount']

/** Mounting takes Linux, and no rights: it is done in a namespace of its own. */
const canMount = ((): boolean => {
  try {
    execFileSync('unshare', [...inNamespace, 'mount', '-t', 'tmpfs', 'tern', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-read-only-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test.skipIf(!canMount)('a storage that is read-only for a while costs no attempt', async () => {
  const node = [process.execPath, '--conditions=@tern/source', '--enable-source-maps', program, join(folder, 'data')]
  const { stdout } = await promisify(execFile)('unshare', [...inNamespace, ...node])
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual({
    outputs: [3_000_000, 300_000],
    wasOver: false,
    attempts: [1],
  })
})
