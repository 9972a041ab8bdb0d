import { fromBinary } from '@bufbuild/protobuf'
import { type Duration } from '@bufbuild/protobuf/wkt'
import { quantityValue } from '@tern/core'
import { type RetryPolicy, systemBackoff } from '@tern/core/engine'
import {
  type Resources,
  type Resources_ResourceEntry,
  Resources_ResourceName,
  ReusePolicy_Scope,
  type Secret,
  Secret_MountType,
  type TaskMetadata,
  type TaskTemplate,
} from '@tern/idl/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { ActionType, ConditionActionSchema } from '@tern/idl/workflow'
import type { SpecRecord } from './model.ts'
import { containerOf } from './pod-container.ts'

/** What the engine and the executors act upon in a task spec, read once per spec. */
export interface TaskPolicy {
  readonly retry: RetryPolicy
  /** Running time allowed to one attempt, in milliseconds; null for no limit. */
  readonly maxRuntimeMs: number | null
  /** Time allowed to one attempt before it runs, in milliseconds; null for no limit. */
  readonly maxQueuedMs: number | null
  /** Time allowed from the first QUEUED to the end, over all attempts, in milliseconds; null for no limit. */
  readonly deadlineMs: number | null
  /** Those of the three limits that are the server's: the task sets none. */
  readonly defaultLimits: ReadonlySet<LimitName>
  /** Of several actions with the same cache key, only one computes at a time. */
  readonly serializeCache: boolean
  /** Where the code of a TypeScript task is stored; empty for other tasks. */
  readonly bundleUri: string
  readonly env: Readonly<Record<string, string>>
  /** What to run, for tasks that are a command. */
  readonly container: TaskContainer | null
  /** Version of Flyte's Python package that made the task; empty for other tasks. */
  readonly flyteVersion: string
  readonly hasOutputs: boolean
  /** Secrets that an attempt is handed when it starts. */
  readonly secrets: ReadonlyArray<TaskSecret>
  /** The queue that the task's author chose; empty for none. */
  readonly queue: string
  /** What an attempt asks of the machine that it runs on. */
  readonly resources: ResourceAmounts
  /** The most memory that an attempt may use, in bytes; null for no limit. */
  readonly memoryLimitBytes: number | null
  /** How the processes of the task's environment are reused; null for a new one for each attempt. */
  readonly reuse: TaskReuse | null
}

/** An environment whose processes are reused. */
export interface TaskReuse {
  /** Names the environment, with all that tells its processes from others. */
  readonly environment: string
  /** Attempts at the same time: replicas, times what each does at once. */
  readonly capacity: number
  /** The most processes that it has. */
  readonly replicas: number
  /** Those that are there while the environment is used. */
  readonly fewest: number
  /** Attempts that one of them runs at once. */
  readonly concurrency: number
  /** How long it is kept with nothing to do, in milliseconds; null for no wish. */
  readonly idleMs: number | null
  /** How long one above the fewest is kept with nothing to do, in milliseconds; null for no wish. */
  readonly scaledownMs: number | null
  /** Every run has processes of its own. */
  readonly isPerRun: boolean
}

/** The command of a task, with placeholders. */
export interface TaskContainer {
  /** The reference of an image; empty for none. */
  readonly image: string
  readonly command: ReadonlyArray<string>
  readonly args: ReadonlyArray<string>
}

const limitNames = ['maxRuntimeMs', 'maxQueuedMs', 'deadlineMs'] as const

/** Of a limit of time. */
export type LimitName = (typeof limitNames)[number]

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

/** What a server does with tasks that do not say. */
export interface PolicyDefaults {
  /** Further attempts after failures that are not the task's. */
  readonly systemRetries: number
  /** Limits of time, in milliseconds, for tasks that set none; null for no limit. */
  readonly maxRuntimeMs: number | null
  readonly maxQueuedMs: number | null
  readonly deadlineMs: number | null
}

export const usualPolicy: PolicyDefaults = { systemRetries: 3, maxRuntimeMs: null, maxQueuedMs: null, deadlineMs: null }

/** Reads the policy out of a spec. Of traces and conditions there is little to say. */
export function toTaskPolicy(spec: SpecRecord, defaults: PolicyDefaults = usualPolicy): TaskPolicy {
  switch (spec.actionType) {
    case ActionType.TASK:
      return fromTaskSpec(fromBinary(TaskSpecSchema, spec.bytes), defaults)
    case ActionType.CONDITION:
      return { ...noPolicy, deadlineMs: durationMs(fromBinary(ConditionActionSchema, spec.bytes).timeout) }
    default:
      return noPolicy
  }
}

const noDefaults: TaskPolicy['defaultLimits'] = new Set()

const noPolicy: TaskPolicy = {
  retry: { userRetries: 0, systemRetries: 0, backoff: null, systemBackoff, retriesTimeouts: false },
  maxRuntimeMs: null,
  maxQueuedMs: null,
  deadlineMs: null,
  defaultLimits: noDefaults,
  serializeCache: false,
  bundleUri: '',
  env: {},
  container: null,
  flyteVersion: '',
  hasOutputs: false,
  secrets: [],
  queue: '',
  resources: { cpu: 0, memoryBytes: 0, gpu: 0 },
  memoryLimitBytes: null,
  reuse: null,
}

// The SDK's names for them among the template's config.
const queueKey = 'queue'
const retryOnTimeoutKey = 'retry-on-timeout'

function fromTaskSpec(spec: TaskSpec, defaults: PolicyDefaults): TaskPolicy {
  const template = spec.taskTemplate
  const metadata = template?.metadata
  const backoff = metadata?.retries?.backoff
  const container = containerOf(template)
  return {
    retry: {
      userRetries: metadata?.retries?.retries ?? 0,
      systemRetries: defaults.systemRetries,
      systemBackoff,
      retriesTimeouts: template?.config[retryOnTimeoutKey] !== 'false',
      backoff: backoff
        ? {
            baseMs: durationMs(backoff.base) ?? 0,
            factor: backoff.factor === 0 ? 1 : backoff.factor,
            capMs: durationMs(backoff.cap) ?? undefined,
          }
        : null,
    },
    ...toLimits(metadata, defaults),
    serializeCache: metadata?.cacheSerializable ?? false,
    bundleUri: metadata?.codeBundleUri ?? '',
    env: Object.fromEntries((container?.env ?? []).map(({ key, value }) => [key, value])),
    container:
      container === undefined ? null : { image: container.image, command: container.command, args: container.args },
    flyteVersion: metadata?.runtime?.flavor === 'python' ? metadata.runtime.version : '',
    hasOutputs: (template?.interface?.outputs?.variables.length ?? 0) > 0,
    secrets: (template?.securityContext?.secrets ?? []).map(toTaskSecret),
    queue: template?.config[queueKey] ?? '',
    resources: toShare(toAmounts(container?.resources), template),
    memoryLimitBytes: toMemoryLimit(container?.resources),
    reuse: toReuse(template),
  }
}

/** Those of the task, and the server's for the others. A limit of zero says that there is none. */
function toLimits(
  metadata: TaskMetadata | undefined,
  defaults: PolicyDefaults,
): Pick<TaskPolicy, 'maxRuntimeMs' | 'maxQueuedMs' | 'deadlineMs' | 'defaultLimits'> {
  const own = {
    maxRuntimeMs: metadata?.timeout,
    maxQueuedMs: metadata?.timeouts?.queuedTimeout,
    deadlineMs: metadata?.timeouts?.deadline,
  }
  const limitOf = (name: LimitName): number | null => (own[name] === undefined ? defaults[name] : durationMs(own[name]))
  const defaultLimits = limitNames.filter((name) => own[name] === undefined && defaults[name] !== null)
  return {
    maxRuntimeMs: limitOf('maxRuntimeMs'),
    maxQueuedMs: limitOf('maxQueuedMs'),
    deadlineMs: limitOf('deadlineMs'),
    defaultLimits: defaultLimits.length === 0 ? noDefaults : new Set(defaultLimits),
  }
}

/** As Kubernetes does it for Flyte: who only requests memory may use that much. */
function toMemoryLimit(resources: Resources | undefined): number | null {
  const { MEMORY } = Resources_ResourceName
  const limit = amountIn(resources?.limits, MEMORY) || amountIn(resources?.requests, MEMORY)
  return limit === 0 ? null : limit
}

function toReuse(template: TaskTemplate | undefined): TaskReuse | null {
  const policy = template?.reusePolicy
  if (template === undefined || policy === undefined) return null
  const { name, version } = template.custom ?? {}
  const replicas = Math.max(1, policy.maxReplicas)
  const concurrency = Math.max(1, policy.concurrency)
  return {
    environment: [name, version].map((part) => (typeof part === 'string' ? part : '')).join(':'),
    capacity: replicas * concurrency,
    replicas,
    fewest: Math.min(policy.minReplicas, replicas),
    concurrency,
    idleMs: durationMs(policy.idleTtl),
    scaledownMs: durationMs(policy.scaledownTtl),
    isPerRun: policy.scope === ReusePolicy_Scope.RUN,
  }
}

/** What is requested; else what is the most that it may use. */
function toAmounts(resources: Resources | undefined): ResourceAmounts {
  const { CPU, MEMORY, GPU } = Resources_ResourceName
  return { cpu: amountOf(resources, CPU), memoryBytes: amountOf(resources, MEMORY), gpu: amountOf(resources, GPU) }
}

/** Attempts that are in one process of a TypeScript environment at once share what that asks for. */
function toShare(amounts: ResourceAmounts, template: TaskTemplate | undefined): ResourceAmounts {
  const concurrency = template?.type === 'typescript' ? (template.reusePolicy?.concurrency ?? 1) : 1
  if (concurrency <= 1) return amounts
  const { cpu, memoryBytes, gpu } = amounts
  return { cpu: cpu / concurrency, memoryBytes: memoryBytes / concurrency, gpu: gpu / concurrency }
}

function amountOf(resources: Resources | undefined, name: Resources_ResourceName): number {
  return amountIn([...(resources?.requests ?? []), ...(resources?.limits ?? [])], name)
}

function amountIn(entries: ReadonlyArray<Resources_ResourceEntry> | undefined, name: Resources_ResourceName): number {
  const text = entries?.find((entry) => entry.name === name)?.value ?? ''
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
