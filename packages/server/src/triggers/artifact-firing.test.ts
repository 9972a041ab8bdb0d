import { create, toBinary } from '@bufbuild/protobuf'
import { AlreadyExistsError, InvalidArgumentError, systemClock, UnavailableError } from '@tern/core'
import { TriggerAutomationSpecSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import { FiringState } from '@tern/idl/trigger'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ArtifactTriggerRow, StoredArtifact } from '../store/artifacts-repository.ts'
import type { FiringRow } from '../store/firings-repository.ts'
import { ArtifactFiring, type ArtifactFiringParts } from './artifact-firing.ts'
import { artifactFiringName } from './artifact-firing-request.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const minute = 60_000

/** What the store has, kept here. */
let artifacts: StoredArtifact[]
let triggers: ArtifactTriggerRow[]
let firedTo: number
let recorded: FiringRow[]
let started: string[]
let listeners: Set<() => void>
let works: ArtifactFiring[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start })
  artifacts = []
  triggers = []
  firedTo = 0
  recorded = []
  started = []
  listeners = new Set()
  works = []
})
afterEach(async () => {
  for (const work of works) await work.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function begin(overrides: Partial<ArtifactFiringParts> = {}): ArtifactFiring {
  const work = new ArtifactFiring({
    repository: {
      after: async (position, limit) => artifacts.filter((one) => one.position > position).slice(0, limit),
      waitingTriggers: async () => triggers,
      firedTo: async () => firedTo,
      setFiredTo: async (position) => void (firedTo = Math.max(firedTo, position)),
    },
    artifacts: {
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    start: async ({ name }, { version }) => {
      started.push(`${name} ${version}`)
      return true
    },
    firings: { record: async (rows) => void recorded.push(...rows) },
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    ...overrides,
  })
  works.push(work)
  work.start()
  return work
}

function put(version: string, name = 'model', notify = true): void {
  artifacts.push({
    position: artifacts.length + 1,
    project: 'p',
    domain: 'd',
    name,
    version,
    spec: new Uint8Array(),
    valueUri: null,
    valueSize: 0,
    digest: '',
    sourceRun: null,
    sourceAction: null,
    sourceExternalRef: null,
    createdBy: null,
    createdBySubject: null,
    createdAt: Date.now(),
  })
  if (notify) for (const listener of listeners) listener()
}

function wait(name: string, artifactName = 'model', version = ''): void {
  const automation = create(TriggerAutomationSpecSchema, {
    type: TriggerAutomationSpecType.TYPE_ARTIFACT,
    automation: { case: 'artifact', value: { artifactName, version, inputArg: 'x' } },
  })
  triggers.push({
    key: { project: 'p', domain: 'd', taskName: 't', name },
    automation: toBinary(TriggerAutomationSpecSchema, automation),
    since: Date.now(),
  })
}

test('an artifact fires the triggers that wait for it at once, and what was fired is remembered', async () => {
  wait('any')
  wait('exact', 'model', '2')
  wait('other', 'data')
  begin()
  put('1')
  put('2')
  await vi.advanceTimersByTimeAsync(0)
  expect(started).toEqual(['any 1', 'any 2', 'exact 2'])
  expect(firedTo).toBe(2)
  expect(recorded.map(({ key, state }) => [key.name, state])).toEqual([
    ['any', FiringState.STARTED],
    ['any', FiringState.STARTED],
    ['exact', FiringState.STARTED],
  ])
})

test('artifacts of other servers are found by reading again', async () => {
  wait('any')
  begin()
  await vi.advanceTimersByTimeAsync(minute)
  put('1', 'model', false)
  await vi.advanceTimersByTimeAsync(minute)
  expect(started).toEqual(['any 1'])
})

test('however much is created, one look at the store is planned', async () => {
  wait('any')
  begin()
  for (let version = 0; version < 20; version++) {
    put(String(version))
    await vi.advanceTimersByTimeAsync(version % 2)
  }
  await vi.advanceTimersByTimeAsync(0)
  expect(started).toHaveLength(20)
  expect(vi.getTimerCount()).toBe(1)
  let reads = 0
  const { length } = artifacts
  artifacts = new Proxy(artifacts, {
    get: (all, key) => {
      if (key === 'filter') reads += 1
      return Reflect.get(all, key)
    },
  })
  await vi.advanceTimersByTimeAsync(minute)
  expect([reads, length]).toEqual([2, 20])
})

test('hundreds that were missed are made up for, page by page', async () => {
  wait('any')
  for (let version = 0; version < 250; version++) put(String(version))
  begin()
  await vi.advanceTimersByTimeAsync(0)
  expect(started).toHaveLength(250)
  expect(firedTo).toBe(250)
})

test('what was there before the trigger does not count', async () => {
  put('before')
  await vi.advanceTimersByTimeAsync(1000)
  wait('late')
  begin()
  put('after')
  await vi.advanceTimersByTimeAsync(0)
  expect(started).toEqual(['late after'])
})

test('a firing that fails is tried again, and remembered as open until then', async () => {
  wait('any')
  let failures = 3
  begin({
    start: async ({ name }, { version }) => {
      if (version === '1' && failures-- > 0) throw new UnavailableError('not now')
      started.push(`${name} ${version}`)
      return true
    },
  })
  put('1')
  put('2')
  await vi.advanceTimersByTimeAsync(2000)
  expect(started).toEqual(['any 2'])
  expect(firedTo).toBe(0)
  await vi.advanceTimersByTimeAsync(minute)
  expect(started).toEqual(['any 2', 'any 1'])
  expect(firedTo).toBe(2)
  expect(recorded.at(-1)).toMatchObject({ state: FiringState.STARTED, failures: 3 })
})

test('what another server has open is fired again by the next, under the same name', async () => {
  wait('any')
  const work = begin({ start: () => Promise.reject(new UnavailableError('not now')) })
  put('1')
  await vi.advanceTimersByTimeAsync(0)
  await work.stop()
  begin()
  await vi.advanceTimersByTimeAsync(0)
  expect(started).toEqual(['any 1'])
  expect(recorded[0]?.runName).toBe(artifactFiringName(triggers[0]!.key, artifacts[0]!))
})

test('a firing that can never be is shown as failed', async () => {
  wait('any')
  begin({ start: () => Promise.reject(new InvalidArgumentError('inputs.x: no')) })
  put('1')
  await vi.advanceTimersByTimeAsync(0)
  expect(recorded).toMatchObject([{ state: FiringState.FAILED, failures: 1, message: 'inputs.x: no' }])
  expect(firedTo).toBe(1)
})

test('a firing that fails for a day is given up', async () => {
  wait('any')
  begin({ start: () => Promise.reject(new Error('the disk is full')) })
  put('1')
  await vi.advanceTimersByTimeAsync(23 * 60 * minute)
  expect(recorded).toEqual([])
  await vi.advanceTimersByTimeAsync(2 * 60 * minute)
  expect(recorded).toMatchObject([{ state: FiringState.FAILED, message: 'the disk is full' }])
  expect(firedTo).toBe(1)
})

test('a run that is there counts as started, a trigger that is off as nothing', async () => {
  wait('there')
  wait('off')
  begin({
    start: async ({ name }) => {
      if (name === 'there') throw new AlreadyExistsError('taken')
      return false
    },
  })
  put('1')
  await vi.advanceTimersByTimeAsync(0)
  expect(recorded).toMatchObject([{ key: { name: 'there' }, state: FiringState.STARTED }])
  expect(firedTo).toBe(1)
})

test('a store that does not answer is asked again', async () => {
  wait('any')
  put('1')
  let failures = 2
  begin({
    repository: {
      after: async (position) => artifacts.filter((one) => one.position > position),
      waitingTriggers: async () => {
        if (failures-- > 0) throw new Error('no connection')
        return triggers
      },
      firedTo: async () => firedTo,
      setFiredTo: async (position) => void (firedTo = position),
    },
    rereadMs: 1000,
  })
  await vi.advanceTimersByTimeAsync(5000)
  expect(started).toEqual(['any 1'])
  expect(firedTo).toBe(1)
})

test('names are fit for runs, and differ for every trigger and version', () => {
  put('1')
  put('2')
  put('1', 'mod')
  const keys = ['a', 'b'].map((name) => ({ project: 'p', domain: 'd', taskName: 't', name }))
  const names = keys.flatMap((key) => artifacts.map((artifact) => artifactFiringName(key, artifact)))
  expect(new Set(names).size).toBe(6)
  for (const name of names) expect(name).toMatch(/^r[0-9a-f]{24}$/)
})
