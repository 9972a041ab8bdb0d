import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeType } from '@tern/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { codecFor } from '../types/schema-codec.ts'
import { Dir } from './dir.ts'
import { File } from './file.ts'
import { inParallel } from './in-parallel.ts'
import { emptyFolder, LocalPlace, StoragePlace } from './place.ts'
import { storing } from './storing.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-dirs-test-'))
  vi.stubEnv('TMPDIR', folder)
  for (const path of ['same.txt', 'a/same.txt', 'a/b/same.txt']) {
    await mkdir(join(folder, 'tree', path, '..'), { recursive: true })
    await writeFile(join(folder, 'tree', path), `of ${path}`)
  }
  await symlink('/etc', join(folder, 'tree', 'link'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const paths = async (dir: Dir, maxDepth?: number) => (await dir.list({ maxDepth })).map(({ path }) => path)
const all = ['a/b/same.txt', 'a/same.txt', 'same.txt']

test('a local folder is listed, read and copied as a tree; links are not followed', async () => {
  const dir = Dir.fromLocal(join(folder, 'tree'))
  expect(await paths(dir)).toEqual(all)
  expect(await paths(dir, 1)).toEqual(['same.txt'])
  expect(await paths(dir, 2)).toEqual(['a/same.txt', 'same.txt'])
  expect(await (await dir.get('a/b/same.txt')).text()).toBe('of a/b/same.txt')
  const copy = await dir.download(join(folder, 'copy'))
  expect(await readFile(join(copy, 'a/b/same.txt'), 'utf8')).toBe('of a/b/same.txt')
})

test('a folder is stored with its tree, and has a hash of it', async () => {
  const place = new StoragePlace(join(folder, 'raw'))
  const stored = await Dir.fromLocal(join(folder, 'tree'))[storing](place)
  expect(stored.uri).toMatch(/\/raw\/\w+\/tree$/)
  expect(await paths(stored)).toEqual(all)
  const same = Dir.fromFiles(Object.fromEntries(all.map((path) => [path, `of ${path}`])))
  expect((await same[storing](place)).hash).toBe(stored.hash)
  const other = Dir.fromFiles({ 'same.txt': 'of same.txt', 'b/same.txt': 'of a/same.txt' })
  expect((await other[storing](place)).hash).not.toBe(stored.hash)
  const here = await Dir.fromLocal(join(folder, 'tree'))[storing](new LocalPlace(join(folder, 'raw')))
  expect(here).toMatchObject({ uri: join(folder, 'tree'), hash: stored.hash })
  expect((await Dir.fromFiles({ x: 'x' }, { hash: 'mine' })[storing](place)).hash).toBe('mine')
  expect((await Dir.fromFiles({ x: 'x' }, { hash: false })[storing](place)).hash).toBeUndefined()
})

test('a folder can be made of files, bytes and text', async () => {
  const dir = Dir.fromFiles({ 'a/x': File.fromText('file'), b: Buffer.from('bytes'), c: 'text' })
  const texts = await Promise.all((await dir.list()).map(({ file }) => file.text()))
  expect(texts).toEqual(['file', 'bytes', 'text'])
})

test('a folder without files is an empty one for Flyte’s SDK too', async () => {
  const stored = await Dir.fromFiles({})[storing](new StoragePlace(folder))
  expect(stored.uri).toBe(emptyFolder)
  expect(await stored.list()).toEqual([])
  await expect(stored.get('x')).rejects.toThrow('has no file x')
})

test.each(['', '/x', 'a//b', '../x', 'a/./b', 'a\\b'])('%j is no path in a folder', (path) => {
  expect(() => Dir.fromFiles({ [path]: 'x' })).toThrow('is not the path of a file in a folder')
})

test('what is wrong with a folder is said', async () => {
  const place = new StoragePlace(folder)
  await expect(Dir.fromLocal(join(folder, 'none'))[storing](place)).rejects.toThrow('there is no folder')
  const file = join(folder, 'tree', 'same.txt')
  await expect(Dir.fromLocal(file)[storing](place)).rejects.toThrow('is not a folder, and was given as a Dir')
  await expect(Dir.fromLocal(join(folder, 'tree')).get('b')).rejects.toMatchObject({
    message: expect.stringContaining('has no file b'),
    hint: 'It has a/b/same.txt, a/same.txt, same.txt',
  })
})

test('on the wire a folder is the multipart blob that Flyte’s SDK makes of one', () => {
  const codec = codecFor(Dir.schema(), 'tree')
  expect(describeType(codec.type)).toBe('directory')
  expect(codec.fromLiteral(codec.toLiteral(Dir.remote('/data/tree', { hash: 'h' })))).toMatchObject({
    uri: '/data/tree',
    name: 'tree',
    hash: 'h',
  })
  expect(() => codec.fromLiteral(codecFor(File.schema(), 'f').toLiteral(File.remote('/x')))).toThrow(
    'expected a folder, got the file /x',
  )
})

describe('work in parallel', () => {
  test('is never more than so much, and all of it', async () => {
    let running = 0
    let most = 0
    const done: number[] = []
    await inParallel(
      Array.from({ length: 20 }, (_, index) => index),
      3,
      async (item) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        done.push(item)
      },
    )
    expect(most).toBe(3)
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  test('ends with the first error', async () => {
    const begun: number[] = []
    const work = inParallel([1, 2, 3, 4], 1, async (item) => {
      begun.push(item)
      if (item === 2) throw new Error('two')
    })
    await expect(work).rejects.toThrow('two')
    expect(begun).toEqual([1, 2])
  })
})

test('a file that would have to be a folder, too, is refused', () => {
  expect(() => Dir.fromFiles({ 'a/b': 'x', a: 'y' })).toThrow('a is a file, and the folder of a/b')
  expect(() => Dir.fromFiles({ 'a/b': 'x', 'a/b/c/d': 'y' })).toThrow('a/b is a file, and the folder of a/b/c/d')
  expect(() => Dir.fromFiles({ 'a/b': 'x', 'ab/c': 'y', 'a/bc': 'z' })).not.toThrow()
})
