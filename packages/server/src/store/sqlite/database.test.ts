import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from './database.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-database-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('a folder that does not exist is made, with everything in it', () => {
  const database = openDatabase(join(folder, 'deep', 'data'))
  expect(database.prepare('select count(*) as n from runs').get()).toEqual({ n: 0 })
  database.close()
})

test('what was written is there when the folder is opened again', () => {
  const first = openDatabase(folder)
  first.exec("insert into projects values ('p', 'P', '', null, 0, 0, 0)")
  first.close()
  const second = openDatabase(folder)
  expect(second.prepare('select id from projects').all()).toEqual([{ id: 'p' }])
  second.close()
})

test('commits reach the disk before they return', () => {
  const database = openDatabase(folder)
  expect(database.prepare('pragma synchronous').get()).toEqual({ synchronous: 2 })
  expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  database.close()
})

test('a folder in use by another process is refused, and free once that process is killed', async () => {
  const program = `
    import { openDatabase } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)}
    openDatabase(${JSON.stringify(folder)})
    console.log('open')
    setInterval(() => {}, 1000)`
  const args = ['--conditions=@tern/source', '--input-type=module', '--eval', program]
  const other = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(other.stdout, 'data')
  expect(() => openDatabase(folder)).toThrow(/in use by another Tern server/)
  const killed = once(other, 'exit')
  other.kill('SIGKILL')
  await killed
  openDatabase(folder).close()
})

test('a folder of a newer version is refused, with what to do', () => {
  const database = openDatabase(folder)
  database.exec("insert into schema_migrations values ('9999-from-the-future', 0)")
  database.close()
  expect(() => openDatabase(folder)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/newer version of Tern.*9999-from-the-future/),
      hint: expect.stringContaining('--data-dir'),
    }),
  )
})

test('a folder that cannot be made is refused, and named', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ message: expect.stringContaining(file) }))
})

test('a file that is no database is refused, and named', () => {
  writeFileSync(
    join(folder, 'tern.db'),
    'this is not a database, but it is long enough to be read as the header of one '.repeat(20),
  )
  expect(() => openDatabase(folder)).toThrow(expect.objectContaining({ message: expect.stringContaining(folder) }))
})
