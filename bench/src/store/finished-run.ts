import { create, toBinary } from '@bufbuild/protobuf'
import { literalTypes, toInputs, toOutputs, typedInterface } from '@tern/core'
import { ActionPhase, EnrichedIdentitySchema } from '@tern/idl/common'
import { InputsSchema, OutputsSchema, RunSpecSchema } from '@tern/idl/task'
import { RunSource } from '@tern/idl/workflow'
import type { ActionRecord, RunRecord } from '@tern/server/internal'
import type { Environment } from './catalog.ts'
import type { Random } from './random.ts'

const { integer } = literalTypes
const { inputs, outputs } = typedInterface({ inputs: { x: integer() }, outputs: { o0: integer() } })
const inputBytes = toBinary(InputsSchema, toInputs({ x: 42 }, inputs))
const outputBytes = toBinary(OutputsSchema, toOutputs({ o0: 89 }, outputs))

const phases = [
  [ActionPhase.SUCCEEDED, 88],
  [ActionPhase.FAILED, 7],
  [ActionPhase.ABORTED, 3],
  [ActionPhase.TIMED_OUT, 2],
] as const

export const teams = ['growth', 'risk', 'infra', 'science']
const groups = [null, null, 'shard', 'fold', 'epoch']

export interface FinishedRun {
  readonly run: RunRecord
  readonly actions: ReadonlyArray<ActionRecord>
}

export interface RunPlan {
  readonly id: number
  readonly size: number
  readonly createdAt: number
  readonly environment: Environment
  readonly version: string
  /** Digests of the specs of the environment's tasks, in their order, in that version. */
  readonly digests: ReadonlyArray<string>
}

/** A run that has ended, and all of its actions. */
export function toFinishedRun(plan: RunPlan, random: Random): FinishedRun {
  const actions: ActionRecord[] = []
  for (let seq = 0; seq < plan.size; seq++) actions.push(toAction(plan, seq, random))
  return { run: toRun(plan, random), actions }
}

function toRun({ id, environment, version, digests }: RunPlan, random: Random): RunRecord {
  const { place, taskNames, triggers } = environment
  const subject = `person${random.below(50)}@example.com`
  const isTriggered = random.next() < 0.4 && triggers.length > 0
  const labels = { team: random.pick(teams), priority: random.pick(['high', 'normal', 'low']), ticket: `T-${id % 997}` }
  const identity = create(EnrichedIdentitySchema, {
    principal: { case: 'user', value: { id: { subject }, spec: { email: subject } } },
  })
  return {
    ...place,
    id,
    name: `r${random.name(19)}`,
    source: isTriggered ? RunSource.SCHEDULE_TRIGGER : RunSource.CLI,
    specDigest: digests[0]!,
    taskProject: place.project,
    taskDomain: place.domain,
    taskName: taskNames[0]!,
    taskVersion: version,
    taskType: 'bench',
    runSpec: toBinary(RunSpecSchema, create(RunSpecSchema, { labels: { values: labels }, envs: { values: [] } })),
    requestDigest: random.name(22),
    runBase: `/data/${place.project}/${place.domain}/${id}`,
    createdBy: toBinary(EnrichedIdentitySchema, identity),
    createdBySubject: subject,
    ...(isTriggered && { trigger: { name: random.pick(triggers), taskName: taskNames[0]!, revision: 1 } }),
  }
}

function toAction(plan: RunPlan, seq: number, random: Random): ActionRecord {
  const createdAt = plan.createdAt + seq
  const startedAt = createdAt + random.below(1_000)
  const endedAt = startedAt + random.below(600_000)
  const phase = random.weighted<ActionPhase>(phases)
  const isRoot = seq === 0
  const hasSucceeded = phase === ActionPhase.SUCCEEDED
  return {
    runId: plan.id,
    seq,
    name: isRoot ? 'a0' : random.name(22),
    // A fifth of the actions have been started by one that comes soon after the root.
    parentSeq: isRoot ? null : seq > 20 && random.next() < 0.2 ? 1 + random.below(20) : 0,
    actionType: 1,
    group: isRoot ? null : random.pick(groups),
    specDigest: isRoot ? plan.digests[0]! : plan.digests[1 + random.below(plan.digests.length - 1)]!,
    inputs: inputBytes,
    inputsUri: null,
    outputs: hasSucceeded ? outputBytes : null,
    outputsUri: null,
    cacheKey: null,
    cacheStatus: 0,
    cacheSource: null,
    queue: null,
    isExternal: false,
    createdAt,
    state: {
      phase,
      attempt: random.next() < 0.05 ? 2 : 1,
      userFailures: 0,
      systemFailures: 0,
      notBefore: null,
      timeline: `${ActionPhase.QUEUED}:${createdAt},${ActionPhase.RUNNING}:${startedAt},${phase}:${endedAt}`,
      failure: null,
      abortReason: phase === ActionPhase.ABORTED ? 'no longer needed' : null,
      endedBy: null,
      updatedAt: endedAt,
      endedAt,
    },
  }
}
