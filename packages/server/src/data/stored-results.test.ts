import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { createStorage, type Storage } from '@tern/core/storage'
import { type LiteralSchema } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StoredResults } from './stored-results.ts'

let folder: string
let storage: Storage
let results: StoredResults

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-results-'))
  storage = createStorage(folder)
  results = new StoredResults(storage)
  await storage.write(storage.join(storage.root, 'raw', 'file'), new Uint8Array([1]))
})
afterEach(() => rmSync(folder, { recursive: true }))

type LiteralInit = MessageInitShape<typeof LiteralSchema>

const blob = (uri: string): LiteralInit => ({
  value: { case: 'scalar', value: { value: { case: 'blob', value: { uri } } } },
})
const table = (uri: string): LiteralInit => ({
  value: { case: 'scalar', value: { value: { case: 'structuredDataset', value: { uri } } } },
})
const list = (...literals: LiteralInit[]): LiteralInit => ({ value: { case: 'collection', value: { literals } } })
const map = (value: LiteralInit): LiteralInit => ({ value: { case: 'map', value: { literals: { key: value } } } })
const either = (value: LiteralInit): LiteralInit => ({
  value: { case: 'scalar', value: { value: { case: 'union', value: { value } } } },
})
const outputs = (value: LiteralInit): Uint8Array =>
  toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name: 'o0', value }] }))

describe('outputs that refer to files of the storage can be used', () => {
  test.each<[string, (uri: (name: string) => string) => LiteralInit, boolean]>([
    ['while a file is there', (uri) => blob(uri('file')), true],
    ['while it is there, by its address', (uri) => blob(`file://${uri('file')}`), true],
    ['while a folder has anything', (uri) => table(uri('')), true],
    ['when they are elsewhere, which nobody here can tell', () => blob('s3://bucket/gone'), true],
    ['but not once a file is gone', (uri) => blob(uri('gone')), false],
    ['but not once a table is gone', (uri) => table(uri('gone/')), false],
    ['but not once one of several is gone', (uri) => list(blob(uri('file')), map(either(blob(uri('gone'))))), false],
  ])('%s', async (_, value, expected) => {
    const bytes = outputs(value((name) => `${storage.root}/raw/${name}`))
    expect(await results.filesExist(bytes)).toBe(expected)
    const prefix = storage.join(storage.root, 'run', 'a0', '1')
    await storage.write(`${prefix}/outputs.pb`, bytes)
    expect(await results.outputsExist(prefix)).toBe(expected)
  })
})

test('outputs that are in storage must be there', async () => {
  const prefix = storage.join(storage.root, 'run', 'a0', '1')
  expect(await results.outputsExist(prefix)).toBe(false)
  await storage.write(`${prefix}/outputs.pb`, new Uint8Array(2 ** 20 + 1))
  expect(await results.outputsExist(prefix)).toBe(true)
})
