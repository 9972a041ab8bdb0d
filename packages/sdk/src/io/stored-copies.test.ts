import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DataFrame } from './data-frame.ts'
import { Dir } from './dir.ts'
import { File } from './file.ts'
import type { Place, Put } from './place.ts'
import { StoragePlace } from './place.ts'
import { storing } from './storing.ts'

/** A place that has no room the first time, and then counts what it takes. */
function flakyPlace(): Place & { taken: number } {
  let failures = 1
  const root = mkdtempSync(join(tmpdir(), 'tern-copies-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const storage = new StoragePlace(root)
  const place = {
    taken: 0,
    putFile: (name, content) => attempt(() => storage.putFile(name, content)),
    putFolder: (name, folder) => attempt(() => storage.putFolder(name, folder)),
  } satisfies Place & { taken: number }
  async function attempt(put: () => Promise<Put>): Promise<Put> {
    if (failures-- > 0) throw new Error('no room')
    place.taken++
    return put()
  }
  return place
}

const values = {
  'a file': () => File.fromText('text'),
  'a file of a stream': () => File.fromStream(['text']),
  'a folder': () => Dir.fromFiles({ 'a.txt': 'a' }),
  'a data frame': () => DataFrame.fromRows([{ x: 1 }]),
  'a data frame of a generator': () => DataFrame.fromRows(oneRow()),
}

function* oneRow() {
  yield { x: 1 }
}

test.each(Object.entries(values))(
  '%s that could not be stored is stored by the next try, and then once',
  async (_, make) => {
    const place = flakyPlace()
    const value = make()
    await expect(value[storing](place)).rejects.toThrow('no room')
    const [first, second] = await Promise.all([value[storing](place), value[storing](place)])
    expect(second).toBe(first)
    expect(await value[storing](place)).toBe(first)
    expect(place.taken).toBe(1)
  },
)

test('what comes once is where it was put first, also when it is passed on to another place', async () => {
  const file = File.fromStream(['text'])
  const first = await file[storing](onceMore())
  expect(await file[storing](onceMore())).toBe(first)
  const frame = DataFrame.fromRows(oneRow())
  const stored = await frame[storing](onceMore())
  expect(await frame[storing](onceMore())).toBe(stored)
  expect(await stored.rows()).toEqual([{ x: 1 }])
})

test('SD-5: store() gives the same copy each time', async () => {
  const file = File.fromText('text')
  const stored = await file.store()
  onTestFinished(() => rmSync(join(stored.uri, '..'), { recursive: true, force: true }))
  expect(await file.store()).toBe(stored)
})

test('store() tries again what has failed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tern-copies-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'late.txt')
  const file = File.fromLocal(path)
  await expect(file.store()).rejects.toThrow('there is no file')
  writeFileSync(path, 'here')
  const stored = await file.store()
  onTestFinished(() => rmSync(join(stored.uri, '..'), { recursive: true, force: true }))
  expect(await stored.text()).toBe('here')
})

function onceMore(): Place {
  const root = mkdtempSync(join(tmpdir(), 'tern-copies-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return new StoragePlace(root)
}
