import { create, toBinary } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { literalTypes, toLiteral } from '@tern/core'
import { Resources_ResourceName } from '@tern/idl/core'
import { InputsSchema, TaskSpecSchema } from '@tern/idl/task'
import { ActionType, ConditionActionSchema } from '@tern/idl/workflow'
import { toSpecRecord } from '../../../store/specs.ts'
import type { QueueOptions } from '../../limits.ts'
import type { SpecRecord } from '../../model.ts'
import type { ResourceAmounts } from '../../task-policy.ts'
import { aSpec } from '../fixtures.ts'
import type { Random } from './random.ts'

export type Kind = 'task' | 'detached' | 'sleep' | 'condition' | 'external' | 'trace'

export interface PlannedAction {
  readonly name: string
  readonly kind: Kind
  readonly spec: SpecRecord
  readonly cacheKey: string
  /** Empty for that of its parent. */
  readonly queue: string
  readonly children: ReadonlyArray<string>
  /** Its parent's executor asks for it. Otherwise the code of the parent does, as any client. */
  readonly isAskedByExecutor: boolean
  readonly inputs: Uint8Array
  /** How long an attempt may wait; undefined for ever. */
  readonly maxQueuedMs: number | undefined
}

/** What the actions of a history are: the same in every attempt of them, as the code of a task would have it. */
export type Plan = ReadonlyMap<string, PlannedAction>

const queueNames = ['', '', 'narrow', 'wide']

/** One with a limit, and one without; both with priorities. */
export function queuesOf(random: Random): Readonly<Record<string, QueueOptions>> {
  return {
    narrow: { maxConcurrency: 1 + random.below(2), priority: random.below(3) - 1 },
    wide: { priority: random.below(3) - 1 },
  }
}

const byExecutor: ReadonlyArray<Kind> = ['task', 'detached', 'sleep']

/** What there is of the machine: enough for one of the greedy tasks, or two of the others that are processes. */
export const capacity: ResourceAmounts = { cpu: 2, memoryBytes: 0, gpu: 0 }
export const sleepMs = 3_000

/** The root of a run that was started by an action of another. */
export const detachedRoot: PlannedAction = {
  name: 'a0',
  kind: 'task',
  cacheKey: '',
  queue: '',
  children: [],
  isAskedByExecutor: true,
  inputs: new Uint8Array(),
  maxQueuedMs: undefined,
  spec: aTask('plain', { retries: 2 }),
}

const backoff = { base: durationFromMs(100), factor: 2, cap: durationFromMs(1_000) }

const impatientMs = 1_500
const impatient = aTask('impatient', { retries: 1, hasBackoff: true, maxQueuedMs: impatientMs })

const tasks = [
  aTask('plain', { retries: 2 }),
  aTask('backs-off', { retries: 3, hasBackoff: true }),
  aTask('limited', { retries: 2, maxRuntimeMs: 2_000 }),
  impatient,
  aTask('due', { retries: 3, hasBackoff: true, deadlineMs: 4_000 }),
  aTask('pod', { retries: 2, type: 'pod' }),
  aTask('process', { retries: 1, type: 'process', cpu: '1' }),
  aTask('greedy', { retries: 1, type: 'process', cpu: '1500m' }),
]
const sleep = aTask('sleep', { retries: 0, type: 'core-sleep' })
const serialized = aTask('serialized', { retries: 2, serialize: true })
const conditions = [0, 5_000].map((timeoutMs) =>
  toSpecRecord({
    case: 'condition',
    value: create(ConditionActionSchema, { name: 'approval', timeout: durationFromMs(timeoutMs) }),
  }),
)
const trace: SpecRecord = { ...aSpec('read'), actionType: ActionType.TRACE, digest: 'a trace' }

/**
 * A root with three tasks that have children of their own, two conditions, a sleep, an action that is executed elsewhere
 * and has a child, traces, and a run of its own that the root starts and leaves to itself.
 */
export function planOf(random: Random): Plan {
  const plan = new Map<string, PlannedAction>()
  const add = (
    name: string,
    kind: Kind,
    spec: SpecRecord,
    children: ReadonlyArray<string> = [],
    cacheKey = '',
  ): void => {
    const isAskedByExecutor = byExecutor.includes(kind) || (kind !== 'external' && random.chance(0.5))
    const queue = random.pick(queueNames)!
    const maxQueuedMs = kind === 'task' && spec === impatient ? impatientMs : undefined
    const inputs = inputsOf(kind)
    plan.set(name, { name, kind, spec, cacheKey, queue, children, isAskedByExecutor, inputs, maxQueuedMs })
  }
  const aTaskSpec = (): SpecRecord => random.pick(tasks)!
  add('a0', 'task', tasks[0]!, ['c0', 'w0', 'c1', 'x0', 't0', 'c2', 'w1', 's0', 'd0'])
  for (const name of ['c0', 'c1', 'c2']) {
    const leaves = [`${name}0`, `${name}1`]
    add(name, 'task', aTaskSpec(), name === 'c1' ? [...leaves, `t${name}`] : leaves)
    // The first of each have the same result: one computes it, one after another or all at once.
    add(leaves[0]!, 'task', random.chance(0.5) ? serialized : aTaskSpec(), [], 'shared')
    add(leaves[1]!, 'task', aTaskSpec())
  }
  for (const name of ['w0', 'w1']) add(name, 'condition', random.pick(conditions)!)
  add('x0', 'external', tasks[0]!, ['x00'])
  add('x00', 'task', aTaskSpec())
  for (const name of ['t0', 'tc1']) add(name, 'trace', trace)
  add('s0', 'sleep', sleep)
  add('d0', 'detached', tasks[0]!)
  return plan
}

function inputsOf(kind: Kind): Uint8Array {
  if (kind !== 'sleep') return new Uint8Array()
  const literal = { name: 'duration', value: toLiteral(`${sleepMs}ms`, literalTypes.duration()) }
  return toBinary(InputsSchema, create(InputsSchema, { literals: [literal] }))
}

interface TaskOptions {
  readonly retries: number
  readonly hasBackoff?: boolean
  readonly maxRuntimeMs?: number
  readonly maxQueuedMs?: number
  readonly deadlineMs?: number
  readonly serialize?: boolean
  readonly type?: string
  readonly cpu?: string
}

function aTask(name: string, options: TaskOptions): SpecRecord {
  const { retries, hasBackoff = false, maxRuntimeMs = 0, maxQueuedMs = 0, deadlineMs = 0 } = options
  const value = create(TaskSpecSchema, {
    taskTemplate: {
      type: options.type ?? 'typescript',
      ...(options.cpu !== undefined && {
        target: {
          case: 'container',
          value: { resources: { requests: [{ name: Resources_ResourceName.CPU, value: options.cpu }] } },
        },
      }),
      id: { org: 'tern', project: 'p', domain: 'd', name: `env.${name}`, version: 'v1' },
      metadata: {
        retries: { retries, ...(hasBackoff && { backoff }) },
        cacheSerializable: options.serialize ?? false,
        timeout: durationFromMs(maxRuntimeMs),
        timeouts: { queuedTimeout: durationFromMs(maxQueuedMs), deadline: durationFromMs(deadlineMs) },
      },
    },
  })
  return toSpecRecord({ case: 'task', value })
}
