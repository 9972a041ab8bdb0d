import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { systemClock } from '@tern/core'
import { createStorage, type Storage } from '@tern/core/storage'
import { ImageSpecSchema } from '@tern/idl/imagebuilder'
import { pino } from 'pino'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { aSecretSource } from '../executors/test/secret-source.ts'
import { createRepositories } from '../store/repositories.ts'
import { openSqliteStore } from '../store/sqlite/open-store.ts'
import { createImages } from './create-images.ts'
import { aContext } from './test/wheels.ts'

const run = { project: 'flytesnacks', domain: 'development', run: 'r1' }
const tag = '0'.repeat(32)
const offline = { extraArgs: '--no-index' }

let context: Uint8Array
let folder: string
let storage: Storage
let store: ReturnType<typeof openSqliteStore>
let parts: ReturnType<typeof createImages>
let log: string[]
let warnings: string[]

beforeAll(() => {
  context = aContext({ flyte: '2.12.1' })
})
beforeEach(() => {
  log = []
  warnings = []
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tern-images-')))
  storage = createStorage(join(folder, 'storage'), { fsync: false })
  store = openSqliteStore(folder)
  parts = createImages({
    dataDir: folder,
    mappings: [
      { image: '*mapped:*', python: 'python3' },
      { image: 'gone', python: '/nowhere' },
    ],
    repository: createRepositories(store.queries).images,
    storage,
    secrets: aSecretSource({ token: 'hidden' }),
    clock: systemClock,
    logger: pino({ level: 'warn' }, { write: (line) => warnings.push((JSON.parse(line) as { msg: string }).msg) }),
  })
})
afterEach(async () => {
  await parts.environments.stop()
  await store.close()
  rmSync(folder, { recursive: true })
})

const listening = { signal: new AbortController().signal, onLog: (line: string) => void log.push(line) }

type Layers = NonNullable<MessageInitShape<typeof ImageSpecSchema>['layers']>
const flyte: Layers = [
  {
    layer: {
      case: 'pipPackages',
      value: { packages: ['flyte'], options: { extraArgs: '--no-index --find-links context/wheels' } },
    },
  },
]

async function build(target: string, layers = flyte, isForced = false) {
  const [specUri, contextUri] = [storage.join(storage.root, 'spec.pb'), storage.join(storage.root, 'context.tar.gz')]
  await storage.write(specUri, toBinary(ImageSpecSchema, create(ImageSpecSchema, { layers })))
  await storage.write(contextUri, context)
  return await parts.images.build({ specUri, contextUri, target, run, isForced }, listening)
}

async function place(image: string) {
  const wish = { image, flyteVersion: '', runsFlyte: true, scope: run }
  const outcome = await parts.images.acquire(wish, listening)
  return outcome === undefined || 'failure' in outcome ? outcome : outcome.folder
}

async function built(target: string, isForced = false): Promise<string> {
  const reference = await build(target, flyte, isForced)
  if (typeof reference !== 'string') throw new Error(reference.failure.message)
  return reference
}

test('an image that was built is found by its reference, and by the name that clients have for it', async () => {
  expect(await place(`model:${tag}`)).toBe(undefined)
  const reference = await built(`registry.example/team/model:${tag}`)
  expect(reference).toMatch(/^registry\.example\/team\/model:0+@sha256:[0-9a-f]{64}$/)
  expect(await parts.images.get(`model:${tag}`)).toMatchObject({
    run,
    reference: expect.stringMatching(/^model:0+@sha256:/),
  })
  const first = await place(reference)
  expect(await place(`localhost:30000/model:${tag}`)).toBe(first)

  // What it is made of is kept: the environment itself may go.
  rmSync(join(folder, 'environments'), { recursive: true })
  expect(await place(reference)).not.toBe(first)

  // Asked for again on purpose, it is another one, and the first stays.
  const forced = await built(`model:${tag}`, true)
  expect(await parts.images.get(`model:${tag}`)).toMatchObject({ reference: forced })
  expect(await place(forced)).not.toBe(await place(reference))
})

test('an image of others has no environment; one that clients meant to build is missed', async () => {
  expect(await place('python:3.12-slim')).toBe(undefined)
  expect(await place(`python@sha256:${'a'.repeat(64)}`)).toBe(undefined)
  expect(log).toEqual([])
  expect(await place(`localhost:30000/model:${tag}`)).toBe(undefined)
  expect(log).toEqual([expect.stringContaining(`the image localhost:30000/model:${tag} was not built by this server`)])
})

test('what is mapped is there, and all else has to be built first; what is mapped to nothing is warned of', async () => {
  expect(warnings).toEqual(['there is no Python "/nowhere", which --image gone names'])
  expect(await parts.images.get('mapped:v1')).toEqual({ reference: 'mapped:v1', run: null })
  await expect(parts.images.get('model:v1')).rejects.toThrow('the image model:v1 has not been built')
})

test('a secret that is missing is named, and nothing is built', async () => {
  const mounting = (key: string): Layers => [
    { layer: { case: 'pipPackages', value: { packages: ['nosuch'], options: offline, secretMounts: [{ key }] } } },
  ]
  const outcome = await build('model:v1', mounting('other'))
  expect(outcome).toMatchObject({
    failure: { code: 'ImageBuildFailed', message: expect.stringContaining('there is no secret other in flytesnacks/') },
  })
  expect(log).toEqual([])
  await expect(parts.images.get('model:v1')).rejects.toThrow('has not been built')
})

test.each([
  ['', 'target_image: "" is no name'],
  ['registry/', 'target_image: "registry/" is no name'],
])('the name %j is refused', async (target, message) => {
  await expect(build(target)).rejects.toThrow(message)
})

test('what is no image is refused, and what is not in storage', async () => {
  const specUri = storage.join(storage.root, 'spec.pb')
  await storage.write(specUri, new Uint8Array([255]))
  const request = { contextUri: '', target: 'model:v1', run, isForced: false }
  await expect(parts.images.build({ ...request, specUri }, listening)).rejects.toThrow('does not hold an image')
  await expect(parts.images.build({ ...request, specUri: '/etc/passwd' }, listening)).rejects.toThrow('/etc/passwd')
})
