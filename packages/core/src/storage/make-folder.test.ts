import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder } from './make-folder.ts'

let base: string

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tern-folder-'))
})
afterEach(() => rm(base, { recursive: true }))

test('makes all that is missing, and may be done again', async () => {
  await makeFolder(join(base, 'a/b/c'))
  await makeFolder(join(base, 'a/b/c'))
  expect((await stat(join(base, 'a/b/c'))).isDirectory()).toBe(true)
})

test('says why it cannot', async () => {
  await writeFile(join(base, 'file'), '')
  await expect(makeFolder(join(base, 'file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  // Nobody can make folders there.
  await expect(makeFolder('/proc/tern/a')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/tern' })
})
