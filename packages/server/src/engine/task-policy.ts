import { fromBinary } from '@bufbuild/protobuf'
import { type Duration } from '@bufbuild/protobuf/wkt'
import { quantityValue } from '@tern/core'
import { type Resources, Resources_ResourceName, type Secret, Secret_MountType } from '@tern/idl/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { ActionType, ConditionActionSchema } from '@tern/idl/workflow'
import type { RetryPolicy } from './lifecycle.ts'
import type { SpecRecord } from './model.ts'

/** What the engine and the executors act upon in a task spec, read once per spec. */
export interface TaskPolicy {
  readonly retry: RetryPolicy
  /** Running time allowed to one attempt, in milliseconds; null for no limit. */
  readonly maxRuntimeMs: number | null
  /** Time allowed to one attempt before it runs, in milliseconds; null for no limit. */
  readonly maxQueuedMs: number | null
  /** Time allowed from the first QUEUED to the end, over all attempts, in milliseconds; null for no limit. */
  readonly deadlineMs: number | null
  /** Of several actions with the same cache key, only one computes at a time. */
  readonly serializeCache: boolean
  /** Where the code of a TypeScript task is stored; empty for other tasks. */
  readonly bundleUri: string
  readonly env: Readonly<Record<string, string>>
  /** What to run, for tasks that are a command. */
  readonly container: { readonly command: ReadonlyArray<string>; readonly args: ReadonlyArray<string> } | null
  readonly hasOutputs: boolean
  /** Secrets that an attempt is handed when it starts. */
  readonly secrets: ReadonlyArray<TaskSecret>
  /** The queue that the task's author chose; empty for none. */
  readonly queue: string
  /** What an attempt asks of the machine that it runs on. */
  readonly resources: ResourceAmounts
}

/** Amounts of what machines have. */
export interface ResourceAmounts {
  /** Processors. */
  readonly cpu: number
  readonly memoryBytes: number
  readonly gpu: number
}

/** A secret that a task declares. */
export interface TaskSecret {
  /** Its name. */
  readonly key: string
  /** Part of the variable's name, unless that is given; empty for none. */
  readonly group: string
  readonly isFile: boolean
  /** The variable that holds the value or, of a file, its path. Empty for the usual names. */
  readonly envVar: string
}

const defaultSystemRetries = 3

/** Reads the policy out of a spec. Of traces and conditions there is little to say. */
export function toTaskPolicy(spec: SpecRecord): TaskPolicy {
  switch (spec.actionType) {
    case ActionType.TASK:
      return fromTaskSpec(fromBinary(TaskSpecSchema, spec.bytes))
    case ActionType.CONDITION:
      return { ...noPolicy, deadlineMs: durationMs(fromBinary(ConditionActionSchema, spec.bytes).timeout) }
    default:
      return noPolicy
  }
}

const noPolicy: TaskPolicy = {
  retry: { userRetries: 0, systemRetries: 0, backoff: null },
  maxRuntimeMs: null,
  maxQueuedMs: null,
  deadlineMs: null,
  serializeCache: false,
  bundleUri: '',
  env: {},
  container: null,
  hasOutputs: false,
  secrets: [],
  queue: '',
  resources: { cpu: 0, memoryBytes: 0, gpu: 0 },
}

// The SDK's name for it among the template's config.
const queueKey = 'queue'

function fromTaskSpec(spec: TaskSpec): TaskPolicy {
  const template = spec.taskTemplate
  const metadata = template?.metadata
  const backoff = metadata?.retries?.backoff
  const container = template?.target.case === 'container' ? template.target.value : undefined
  return {
    retry: {
      userRetries: metadata?.retries?.retries ?? 0,
      systemRetries: defaultSystemRetries,
      backoff: backoff
        ? {
            baseMs: durationMs(backoff.base) ?? 0,
            factor: backoff.factor === 0 ? 1 : backoff.factor,
            capMs: durationMs(backoff.cap) ?? undefined,
          }
        : null,
    },
    maxRuntimeMs: durationMs(metadata?.timeout),
    maxQueuedMs: durationMs(metadata?.timeouts?.queuedTimeout),
    deadlineMs: durationMs(metadata?.timeouts?.deadline),
    serializeCache: metadata?.cacheSerializable ?? false,
    bundleUri: metadata?.codeBundleUri ?? '',
    env: Object.fromEntries((container?.env ?? []).map(({ key, value }) => [key, value])),
    container: container === undefined ? null : { command: container.command, args: container.args },
    hasOutputs: (template?.interface?.outputs?.variables.length ?? 0) > 0,
    secrets: (template?.securityContext?.secrets ?? []).map(toTaskSecret),
    queue: template?.config[queueKey] ?? '',
    resources: toAmounts(container?.resources),
  }
}

/** What is requested; else what is the most that it may use. */
function toAmounts(resources: Resources | undefined): ResourceAmounts {
  const { CPU, MEMORY, GPU } = Resources_ResourceName
  return { cpu: amountOf(resources, CPU), memoryBytes: amountOf(resources, MEMORY), gpu: amountOf(resources, GPU) }
}

function amountOf(resources: Resources | undefined, name: Resources_ResourceName): number {
  const all = [...(resources?.requests ?? []), ...(resources?.limits ?? [])]
  const text = all.find((entry) => entry.name === name)?.value ?? ''
  try {
    return text === '' ? 0 : Math.max(0, quantityValue(text))
  } catch {
    // Text that is no amount asks for nothing.
    return 0
  }
}

function toTaskSecret({ key, group, mountRequirement, envVar }: Secret): TaskSecret {
  return { key, group, isFile: mountRequirement === Secret_MountType.FILE, envVar }
}

/** Null for an absent or zero duration: the protocol says "no limit" with either. */
function durationMs(duration: Duration | undefined): number | null {
  if (duration === undefined) return null
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6
  return ms > 0 ? ms : null
}
