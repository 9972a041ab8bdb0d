import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { createStorage, type Storage } from '@tern/core/storage'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inputsRewriteMs, storeInputs } from '../data/offloaded-inputs.ts'
import { RetentionRepository } from '../store/retention-repository.ts'
import type { Store } from '../store/store.ts'
import { aBatch, anEnd, aRoot, aRunRecord, aSpecRow } from '../store/test/records.ts'
import { storedRows } from '../store/test/stored-rows.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { InputSweep } from './input-sweep.ts'

const place = { baseDir: '', org: 'tern', project: 'p', domain: 'd' }
const longAgo = new Date(Date.now() - 5 * inputsRewriteMs)

let folder: string
let fresh: FreshDatabase
let store: Store
let storage: Storage
let sweep: InputSweep

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-inputs-'))
  storage = createStorage(folder)
  fresh = await testDatabase.fresh()
  store = await fresh.open()
  sweep = new InputSweep({ repository: new RetentionRepository(store.queries), storage, clock: { now: Date.now } })
})
afterEach(async () => {
  await store.close()
  await fresh.remove()
  rmSync(folder, { recursive: true })
})

const bytesOf = (text: string): Uint8Array =>
  toBinary(InputsSchema, create(InputsSchema, { context: [{ key: 'which', value: text }] }))

/** Inputs that were stored a day ago and more. */
async function old(text: string): Promise<string> {
  const uri = await storeInputs(storage, place, bytesOf(text))
  utimesSync(uri, longAgo, longAgo)
  return uri
}

async function aRunWith(inputsUri: string): Promise<void> {
  const id = await store.engine.newRunId()
  const root = { ...anEnd(aRoot(id), ActionPhase.SUCCEEDED), inputs: null, inputsUri }
  await store.engine.commit(
    aBatch({ specs: [aSpecRow()], runs: [aRunRecord({ id, name: `r${id}` })], created: [root] }),
  )
}

async function sweepAll(): Promise<void> {
  for (let isMore = true; isMore; ) isMore = await sweep.step(Date.now())
}

test('inputs that no action and no trigger has are deleted', async () => {
  const [ofRun, ofTrigger, unused, other] = [
    await old('run'),
    await old('trigger'),
    await old('unused'),
    await old('b'),
  ]
  await aRunWith(ofRun)
  const inputWrapper = { case: 'offloadedInputData' as const, value: { uri: ofTrigger } }
  await storedRows.addTrigger(store.queries, toBinary(TriggerSpecSchema, create(TriggerSpecSchema, { inputWrapper })))
  await sweepAll()
  expect([ofRun, ofTrigger, unused, other].map((uri) => existsSync(uri))).toEqual([true, true, false, false])
})

test('inputs that were stored lately stay, and so does all else that was uploaded', async () => {
  const again = await old('again')
  await storeInputs(storage, place, bytesOf('again'))
  const young = await storeInputs(storage, place, bytesOf('young'))
  const bundle = storage.join(storage.root, 'uploads', 'p', 'd', 'bundle.tar.gz')
  await storage.write(bundle, new Uint8Array([1]))
  utimesSync(bundle, longAgo, longAgo)
  await sweepAll()
  expect([again, young, bundle].map((uri) => existsSync(uri))).toEqual([true, true, true])
})

test('inputs that are stored again while they are looked for stay', async () => {
  const unused = await old('unused')
  expect(await sweep.step(Date.now())).toBe(true)
  await storeInputs(storage, place, bytesOf('unused'))
  await sweepAll()
  expect(existsSync(unused)).toBe(true)
})
