import { create } from '@bufbuild/protobuf'
import { createConnectTransport } from '@connectrpc/connect-node'
import { systemClock, UnavailableError } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema, TaskTriggerSchema } from '@tern/idl/task'
import { FiringState } from '@tern/idl/trigger'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../api/test/clients.ts'
import { aTaskSpec, inputsOf, place } from '../api/test/fixtures.ts'
import { Script } from '../api/test/script.ts'
import { startApi, type TestApi } from '../api/test/start-api.ts'
import { PlanFullError } from '../engine/run-places.ts'
import { maxFirings } from '../store/firings-repository.ts'
import type { TriggerKey } from '../store/triggers-repository.ts'
import { firingName } from './firing-name.ts'
import { firingRequest } from './firing-request.ts'
import { type Firing, Firings, type FiringsParts } from './firings.ts'
import type { Overlap } from './policy.ts'

let api: TestApi
let clients: Clients
beforeAll(async () => {
  api = await startApi()
  clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
})
afterAll(() => api.close())

const first = Date.parse('2026-05-01T12:00:00Z')
const at = (index: number) => first + index * 60_000
const { STARTING, STARTED, RETRYING, FAILED, SKIPPED } = FiringState

let serial = 0
let key: TriggerKey
beforeEach(async () => {
  serial += 1
  const name = `env${serial}.main`
  const spec = { active: true, inputWrapper: { case: 'inputs', value: inputsOf(1) } } as const
  const trigger = create(TaskTriggerSchema, { name: 'often', spec })
  const taskId = { ...place, name, version: 'v1' }
  await clients.tasks.deployTask({ taskId, spec: aTaskSpec({ name }), triggers: [trigger] })
  key = { ...place, taskName: name, name: 'often' }
})

/** As a server has it. */
function aServer(overrides: Partial<FiringsParts> = {}): Firings {
  return new Firings({
    repository: api.repositories.firings,
    triggers: api.repositories.triggers,
    start: async (trigger, time) => void (await clients.runs.createRun(firingRequest('tern', trigger, time))),
    abort: async ({ run: name }, reason) => void (await clients.runs.abortRun({ runId: { ...place, name }, reason })),
    clock: systemClock,
    ...overrides,
  })
}

function aFiring(index: number, overlap: Overlap, overrides: Partial<Firing> = {}): Firing {
  return { key, at: at(index), overlap, revision: 1, failures: 0, failingSince: null, ...overrides }
}

/** What became of the instants, by the number of each. */
async function history() {
  const { items } = await api.repositories.firings.list(key, undefined)
  return items.map((row) => [(row.at - first) / 60_000, row.state, row.otherRunName] as const)
}

const runOf = (index: number) => firingName(key, at(index))
async function phaseOf(index: number) {
  return (await api.repositories.actions.find({ ...place, run: runOf(index), action: 'a0' }))?.phase
}

describe('overlap', () => {
  test('allow starts every run', async () => {
    const server = aServer()
    for (const index of [1, 2]) await server.fire(aFiring(index, 'allow'))
    expect([await phaseOf(1), await phaseOf(2)]).toEqual([ActionPhase.QUEUED, ActionPhase.QUEUED])
    expect(await history()).toEqual([
      [2, STARTED, ''],
      [1, STARTED, ''],
    ])
  })

  test('skip leaves an instant out while a run of the trigger is under way, and says so', async () => {
    const [server, script] = [aServer(), new Script(api)]
    await server.fire(aFiring(1, 'skip'))
    await script.begin(runOf(1), 'a0')
    await server.fire(aFiring(2, 'skip'))
    expect(await phaseOf(2)).toBeUndefined()
    await script.succeed(runOf(1), 'a0')
    await server.fire(aFiring(3, 'skip'))
    expect(await phaseOf(3)).toBe(ActionPhase.QUEUED)
    expect(await history()).toEqual([
      [3, STARTED, ''],
      [2, SKIPPED, runOf(1)],
      [1, STARTED, ''],
    ])
    const stored = await api.repositories.triggers.find(key)
    expect([stored?.settledAt, stored?.triggeredAt]).toEqual([at(3), at(3)])
  })

  test('an instant is left out where its launch plan lets no more runs be under way (L-13)', async () => {
    const start = async () => {
      throw new PlanFullError('launch plan nightly has 1 run under way', ['r1'])
    }
    expect(await aServer({ start }).fire(aFiring(1, 'allow'))).toEqual({ kind: 'done' })
    const { items } = await api.repositories.firings.list(key, undefined)
    expect(items).toMatchObject([
      { state: SKIPPED, otherRunName: 'r1', message: 'launch plan nightly has 1 run under way' },
    ])
  })

  test('cancel aborts the run that is under way, and says for what', async () => {
    const server = aServer()
    await server.fire(aFiring(1, 'cancel'))
    await server.fire(aFiring(2, 'cancel'))
    expect([await phaseOf(1), await phaseOf(2)]).toEqual([ActionPhase.ABORTED, ActionPhase.QUEUED])
    expect(await history()).toEqual([
      [2, STARTED, runOf(1)],
      [1, STARTED, ''],
    ])
    const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: runOf(1) } })
    expect(details?.action?.result).toMatchObject({ value: { reason: expect.stringContaining('has fired again') } })
  })

  test('cancel does not let an earlier instant, tried again, end a later one', async () => {
    const server = aServer()
    await server.fire(aFiring(2, 'cancel'))
    await server.fire(aFiring(1, 'cancel', { revision: undefined, failures: 1, failingSince: at(1) }))
    expect([await phaseOf(1), await phaseOf(2)]).toEqual([undefined, ActionPhase.QUEUED])
    expect(await history()).toEqual([
      [2, STARTED, ''],
      [1, SKIPPED, runOf(2)],
    ])
  })

  test.each(['skip', 'cancel'] as const)(
    '%s: two servers that fire the same instants decide the same',
    async (overlap) => {
      const servers = [aServer(), aServer()]
      for (let index = 1; index <= 6; index++) {
        await Promise.all(servers.map((server) => server.fire(aFiring(index, overlap))))
      }
      const states = Array.from(await history(), ([, state]) => state)
      expect(states.toReversed()).toEqual(
        overlap === 'skip' ? [STARTED, ...Array(5).fill(SKIPPED)] : Array(6).fill(STARTED),
      )
      const phases = await Promise.all([1, 2, 3, 4, 5, 6].map(phaseOf))
      expect(phases.filter((phase) => phase === ActionPhase.QUEUED)).toHaveLength(1)
    },
  )

  test('skip: of instants that are decided at once, one is started', async () => {
    const servers = [aServer(), aServer()]
    const results = [1, 2, 3, 4].flatMap((index) => servers.map((server) => server.fire(aFiring(index, 'skip'))))
    await Promise.all(results)
    const phases = await Promise.all([1, 2, 3, 4].map(phaseOf))
    expect(phases.filter((phase) => phase !== undefined)).toHaveLength(1)
    const states = Array.from(await history(), ([, state]) => state).toSorted((a, b) => a - b)
    expect(states).toEqual([STARTED, SKIPPED, SKIPPED, SKIPPED])
  })

  test('skip: what a server that was killed had decided goes on with the next', async () => {
    const now = Date.now()
    const decision = { key, at: at(1), runName: runOf(1), givesWay: 'to any', now } as const
    expect(await api.repositories.firings.decide(decision)).toMatchObject({ state: STARTING })
    const server = aServer()
    await server.fire(aFiring(2, 'skip'))
    const pending = (await server.pending(undefined, 100)).filter((row) => row.key.taskName === key.taskName)
    expect(pending.map((row) => row.at)).toEqual([at(1)])
    await server.fire(aFiring(1, 'skip', { revision: undefined }))
    expect(await phaseOf(1)).toBe(ActionPhase.QUEUED)
    expect(await history()).toEqual([
      [2, SKIPPED, runOf(1)],
      [1, STARTED, ''],
    ])
  })

  test('skip: a firing that is tried again gives way to a run that has begun since', async () => {
    const failing = aServer({ start: () => Promise.reject(new UnavailableError('not now')) })
    await failing.fire(aFiring(1, 'skip'))
    const server = aServer()
    await server.fire(aFiring(2, 'skip'))
    await server.fire(aFiring(1, 'skip', { revision: undefined, failures: 1, failingSince: at(1) }))
    expect(await history()).toEqual([
      [2, STARTED, ''],
      [1, SKIPPED, runOf(2)],
    ])
  })
})

describe('the record of a firing', () => {
  test('tells of failures, since when, and when it is tried again', async () => {
    const server = aServer({ start: () => Promise.reject(new UnavailableError('the storage is away')) })
    const result = await server.fire(aFiring(1, 'allow'))
    expect(result).toMatchObject({ kind: 'failed', retry: { firing: { failures: 1, revision: undefined } } })
    const { firings } = await clients.firings.listFirings({ name: key })
    expect(firings).toMatchObject([
      { state: RETRYING, failures: 1, message: 'the storage is away', runName: runOf(1), otherRunName: '' },
    ])
    expect(firings[0]?.nextAttemptAt).toBeDefined()
    expect(firings[0]?.failingSince).toBeDefined()
    const stored = await api.repositories.triggers.find(key)
    expect([stored?.settledAt, stored?.triggeredAt]).toEqual([at(1), null])
  })

  test('of one that is not allowed: it is not tried again', async () => {
    await clients.projects.createProject({ project: { id: `p${serial}` } })
    const elsewhere = { ...place, project: `p${serial}` }
    const taskId = { ...elsewhere, name: 'env.main', version: 'v1' }
    const trigger = create(TaskTriggerSchema, { name: 'often', spec: { active: true } })
    await clients.tasks.deployTask({ taskId, spec: aTaskSpec(), triggers: [trigger] })
    await clients.projects.updateProject({ project: { id: `p${serial}`, state: 1 } })
    key = { ...elsewhere, taskName: 'env.main', name: 'often' }
    expect(await aServer().fire(aFiring(1, 'allow'))).toMatchObject({ kind: 'failed' })
    const { firings } = await clients.firings.listFirings({ name: key })
    expect(firings).toMatchObject([{ state: expect.any(Number), message: expect.stringContaining('archived') }])
  })

  test('stays as it is, once the run was started or left out', async () => {
    await aServer().fire(aFiring(1, 'allow'))
    const late = aServer({ start: () => Promise.reject(new UnavailableError('not now')) })
    await late.fire(aFiring(1, 'allow'))
    expect(await history()).toEqual([[1, STARTED, '']])
  })

  test('is kept for a bounded number of instants', async () => {
    const server = aServer({ start: async () => {} })
    await Promise.all(Array.from({ length: maxFirings + 5 }, (_, index) => server.fire(aFiring(index, 'allow'))))
    await server.fire(aFiring(200, 'allow'))
    const { firings, token } = await clients.firings.listFirings({ name: key, request: { limit: 200 } })
    expect([firings.length, token]).toEqual([maxFirings, ''])
    expect(Number(firings[0]?.scheduledAt?.seconds) * 1000).toBe(at(200))
  })

  test('is kept for a bounded number of instants that are left out, too', async () => {
    const server = aServer()
    for (let index = 0; index < maxFirings + 5; index++) await server.fire(aFiring(index, 'skip'))
    const { firings } = await clients.firings.listFirings({ name: key, request: { limit: 200 } })
    expect(firings.length).toBeLessThanOrEqual(maxFirings + 1)
    expect(firings[0]).toMatchObject({ state: SKIPPED, otherRunName: runOf(0) })
  })

  test('of a trigger that was switched off while a firing waited: it is left out', async () => {
    await aServer({ start: () => Promise.reject(new UnavailableError('not now')) }).fire(aFiring(1, 'allow'))
    await clients.triggers.updateTriggers({ names: [key], active: false })
    const waiting = aFiring(1, 'allow', { revision: undefined, failures: 1, failingSince: at(1) })
    await aServer().fire(waiting)
    expect(await phaseOf(1)).toBeUndefined()
    expect(await history()).toEqual([[1, SKIPPED, '']])
  })

  test('is given up with a reason', async () => {
    await aServer().giveUp(aFiring(1, 'allow'), 'too many')
    expect(await history()).toEqual([[1, FAILED, '']])
  })
})

test('a trigger that has changed does not fire by its old schedule; one that is deleted not at all', async () => {
  const server = aServer()
  await clients.triggers.updateTriggers({ names: [key], active: false })
  expect(await server.fire(aFiring(1, 'allow'))).toMatchObject({ kind: 'changed', trigger: { revision: 2 } })
  await clients.triggers.deleteTriggers({ names: [key] })
  expect(await server.fire(aFiring(1, 'allow', { revision: 3 }))).toMatchObject({ kind: 'changed' })
  expect(await history()).toEqual([])
  expect(await phaseOf(1)).toBeUndefined()
})

test('the policies come from annotations, as unmodified clients send them', async () => {
  const annotations = { values: { 'tern/catch-up': '3', 'tern/overlap': 'skip' } }
  const runSpec = create(RunSpecSchema, { annotations })
  const spec = {
    active: true,
    taskVersion: 'v1',
    runSpec,
    inputWrapper: { case: 'inputs', value: inputsOf(1) },
  } as const
  const { trigger } = await clients.triggers.deployTrigger({ name: key, spec })
  expect(trigger?.spec?.runSpec?.annotations).toMatchObject(annotations)
})
