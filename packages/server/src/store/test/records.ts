import { create, toBinary } from '@bufbuild/protobuf'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import type { ActionRecord, EngineBatch, RunRecord, SpecRow } from '../engine-store.ts'

/** The time of everything below. */
export const at = 1_790_000_000_000

export function aBatch(overrides: Partial<EngineBatch> = {}): EngineBatch {
  const none = { specs: [], runs: [], created: [], changed: [], attempts: [], logs: [], results: [] }
  return { ...none, at, ...overrides }
}

export function aSpecRow(overrides: Partial<SpecRow> = {}): SpecRow {
  return {
    digest: 'spec',
    actionType: 1,
    taskOrg: 'tern',
    taskProject: 'p',
    taskDomain: 'd',
    taskName: 'env.task',
    taskVersion: 'v1',
    taskType: 'typescript',
    shortName: 'task',
    environmentName: 'env',
    bytes: new Uint8Array([1]),
    ...overrides,
  }
}

/** A run of the project `p`, in the domain `d`. */
export function aRunRecord(overrides: Partial<RunRecord> & Pick<RunRecord, 'id' | 'name'>): RunRecord {
  return {
    project: 'p',
    domain: 'd',
    source: 2,
    specDigest: 'spec',
    taskProject: 'p',
    taskDomain: 'd',
    taskName: 'env.task',
    taskVersion: 'v1',
    taskType: 'typescript',
    runSpec: toBinary(RunSpecSchema, create(RunSpecSchema)),
    requestDigest: 'request',
    runBase: '/runs/r',
    createdBy: null,
    createdBySubject: null,
    ...overrides,
  }
}

/** The root action of a run, queued. */
export function aRoot(runId: number): ActionRecord {
  return { ...aChild(runId, 0), name: 'a0', parentSeq: null }
}

/** A child of the root, queued, named after its place. */
export function aChild(runId: number, seq: number, overrides: Partial<ActionRecord> = {}): ActionRecord {
  return {
    runId,
    seq,
    name: `c${seq}`,
    parentSeq: 0,
    actionType: 1,
    group: null,
    specDigest: 'spec',
    inputs: new Uint8Array([7]),
    inputsUri: null,
    outputs: null,
    outputsUri: null,
    cacheKey: null,
    cacheStatus: 0,
    cacheSource: null,
    queue: null,
    isExternal: false,
    createdAt: at,
    state: {
      phase: ActionPhase.QUEUED,
      attempt: 1,
      userFailures: 0,
      systemFailures: 0,
      notBefore: null,
      timeline: `1:${at}`,
      failure: null,
      abortReason: null,
      endedBy: null,
      updatedAt: at,
      endedAt: null,
    },
    ...overrides,
  }
}

/** The action, ended ten milliseconds later. */
export function anEnd(action: ActionRecord, phase: ActionPhase, overrides: Partial<ActionRecord> = {}): ActionRecord {
  const timeline = `${action.state.timeline},${phase}:${at + 10}`
  return { ...action, ...overrides, state: { ...action.state, phase, timeline, updatedAt: at + 10, endedAt: at + 10 } }
}

/** Bytes of every value. */
export function largeBytes(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => i)
}
