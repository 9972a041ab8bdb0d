import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { fromInputs, literalTypes, toInputs, typedInterface } from '@tern/core'
import { FileStorage } from '@tern/core/storage'
import { InputsSchema } from '@tern/idl/task'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { aTaskSpec, place } from '../api/test/fixtures.ts'
import type { ActionData, RunKey } from '../engine/model.ts'
import { openPostgresStore } from '../store/postgres/open-store.ts'
import { createRepositories, type Repositories } from '../store/repositories.ts'
import { toSpecRecord } from '../store/specs.ts'
import type { Store } from '../store/store.ts'
import { FlakyProxy } from '../store/test/flaky-proxy.ts'
import { type FreshDatabase, freshPostgres, testDatabase } from '../store/test/test-databases.ts'
import { DeployedChildren } from './deployed-children.ts'

const run: RunKey = { project: place.project, domain: place.domain, run: 'r1' }
const name = 'env.main'
const logger = pino({ level: 'silent' })

let folder: string
let database: FreshDatabase
let store: Store
let repositories: Repositories
let children: DeployedChildren

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-children-'))
  database = await testDatabase.fresh()
  store = await database.open()
  repositories = createRepositories(store.queries)
  children = childrenOf(repositories)
})
afterEach(async () => {
  await store.close()
  await database.remove()
  await rm(folder, { recursive: true })
})

function childrenOf({ tasks }: Repositories): DeployedChildren {
  const limits = { maxInlineBytes: 1024, maxInputBytes: 1024 }
  return new DeployedChildren({ repository: tasks, storage: new FileStorage(folder), org: 'tern', ...limits })
}

async function deploy(version: string, cacheVersion = '', { tasks } = repositories): Promise<void> {
  const spec = aTaskSpec({ name, version })
  const metadata = spec.taskTemplate?.metadata
  if (metadata !== undefined)
    Object.assign(metadata, { discoverable: cacheVersion !== '', discoveryVersion: cacheVersion })
  const about = { environment: 'env', functionName: 'main', deployedBy: '', environmentDescription: '' }
  const record = toSpecRecord({ case: 'task', value: spec })
  const key = { project: place.project, domain: place.domain, name, version }
  await tasks.deploy({ key, ...about, shortDescription: '', isEntrypoint: false, spec: record }, 1_000)
}

function given(x: unknown, type = literalTypes.integer()): ActionData {
  return { bytes: toBinary(InputsSchema, toInputs({ x }, typedInterface({ inputs: { x: type } }).inputs)) }
}

function valuesOf(inputs: ActionData): unknown {
  const types = aTaskSpec().taskTemplate?.interface?.inputs
  return 'bytes' in inputs ? fromInputs(fromBinary(InputsSchema, inputs.bytes), types) : inputs.uri
}

describe('a child of a deployed task', () => {
  test('is of the version that is asked for, or else of the latest', async () => {
    await deploy('v1')
    await deploy('v2')
    expect((await children.resolve(run, { name, version: '' }, given(1))).spec.taskVersion).toBe('v2')
    expect((await children.resolve(run, { name, version: 'v1' }, given(1))).spec.taskVersion).toBe('v1')
  })

  test('has the defaults of its deployment, and its place in the cache', async () => {
    await deploy('v1')
    const plain = await children.resolve(run, { name, version: '' }, given(7))
    expect(valuesOf(plain.inputs)).toEqual({ x: 7, label: 'none' })
    expect(plain.cacheKey).toBe('')
    await deploy('v2', 'same')
    await deploy('v3', 'same')
    const [two, three, other] = await Promise.all([
      children.resolve(run, { name, version: 'v2' }, given(7)),
      children.resolve(run, { name, version: 'v3' }, given(7)),
      children.resolve(run, { name, version: 'v3' }, given(8)),
    ])
    expect(two.cacheKey).not.toBe('')
    expect(three.cacheKey).toBe(two.cacheKey)
    expect(other.cacheKey).not.toBe(two.cacheKey)
  })

  test('is refused when the task does not take what it is given', async () => {
    await deploy('v1')
    const text = children.resolve(run, { name, version: '' }, given('seven', literalTypes.string()))
    await expect(text).rejects.toThrow('inputs.x: expected integer, got string "seven"')
    await expect(children.resolve(run, { name, version: '' }, { bytes: new Uint8Array() })).rejects.toThrow('x')
  })

  test('is not found where it is not deployed', async () => {
    await deploy('v1')
    const wanted: ReadonlyArray<readonly [RunKey, string, string]> = [
      [run, 'v2', 'task env.main version v2 is not deployed in flytesnacks/development'],
      [{ ...run, domain: 'staging' }, '', 'task env.main is not deployed in flytesnacks/staging'],
    ]
    for (const [where, version, message] of wanted) {
      await expect(children.resolve(where, { name, version }, given(1))).rejects.toThrow(message)
    }
  })
})

test.skipIf(!inject('hasPostgres'))('a child of a deployed task waits for a database that is restarted', async () => {
  const url = await freshPostgres()
  const direct = await openPostgresStore(url, logger, 1000)
  await deploy('v1', '', createRepositories(direct.queries))
  await direct.close()
  const proxy = await FlakyProxy.start(url)
  const remote = await openPostgresStore(proxy.url, logger, 1000)
  try {
    proxy.goDown()
    const found = childrenOf(createRepositories(remote.queries)).resolve(run, { name, version: '' }, given(1))
    await expect.poll(() => proxy.refused).toBeGreaterThan(1)
    proxy.comeUp()
    expect((await found).spec.taskVersion).toBe('v1')
  } finally {
    await remote.close()
    await proxy.stop()
  }
})
