import type { DurationInput } from '@tern/core'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import type { Image } from '../images/image.ts'
import type { GpuRequest } from './accelerators.ts'
import type { Link } from './links.ts'
import type { PluginConfig } from './plugin-config.ts'
import type { PodTemplateOption } from './pod-template.ts'
import type { ReusePolicy } from './reuse-policy.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { Trigger } from './trigger.ts'

/** What a task asks of the machine it runs on. A pair is `[request, limit]`; a single value is a request. */
export interface Resources {
  /** Cores: `2`, `0.5` or `'500m'`. */
  readonly cpu?: Quantity | readonly [Quantity, Quantity] | undefined
  /** Bytes with a unit: `'512Mi'`, `'2Gi'`. */
  readonly memory?: Quantity | readonly [Quantity, Quantity] | undefined
  /** Accelerators: a number of any kind, or those of one: `'T4'`, `'A100:8'`, `{ type: 'A100', partition: '1g.5gb' }`. */
  readonly gpu?: GpuRequest | undefined
  /** Scratch space: `'10Gi'`. */
  readonly disk?: Quantity | undefined
  /** Memory that processes share at `/dev/shm`: `'1Gi'`, or `'auto'` for as much as the machine has. */
  readonly sharedMemory?: string | undefined
}

/** A number of units, or a Kubernetes quantity such as `'500m'` or `'512Mi'`. */
export type Quantity = number | string

/**
 * Whether results are kept and used again for the same inputs.
 *
 * - `'disable'`: never (the default)
 * - `'auto'`: as long as the function's code, its interface and its name stay the same
 * - an object: `'auto'` with options, or with `version` instead of the code
 */
export type CacheOption = 'auto' | 'disable' | CachePolicy

/** What the key of a cached result is made of, and who computes it. */
export interface CachePolicy {
  /** Replaces the hash of the function's code: results stay valid until you change it. */
  readonly version?: string | undefined
  /** Inputs that make no difference to the result. They are left out of the cache key and of action names. */
  readonly ignoredInputs?: string | readonly string[] | undefined
  /**
   * Whether the code counts that the file of the task imports, too: whatever changes there, results are computed again. Tasks of a
   * file that is not bundled, as `run.local` runs it, are not cached then. Defaults to false.
   */
  readonly dependencies?: boolean | undefined
  /** Changes every key, e.g. to forget all results so far. */
  readonly salt?: string | undefined
  /** Of several actions with the same key, one runs and the others wait for its result. Defaults to false. */
  readonly serialize?: boolean | undefined
}

/** How often a failed attempt is followed by another: `3`, or an object for details. */
export type RetriesOption = number | RetryPolicy

/** How often a task is tried again, after which errors, and after which wait. */
export interface RetryPolicy {
  /** Attempts after the first, 0 to 10. */
  readonly count: number
  /** The wait before each retry. Defaults to none. */
  readonly backoff?:
    | {
        /** The wait before the first retry. */
        readonly base: DurationInput
        /** What each further wait is multiplied by, at least 1. Defaults to 1. */
        readonly factor?: number | undefined
        /** The longest wait. Needed when `factor` is above 1. */
        readonly cap?: DurationInput | undefined
      }
    | undefined
  /**
   * Which errors are retried: `'any'` but `NonRecoverableError` (the default), or `'recoverable'`, only
   * `RecoverableError` and its subclasses.
   */
  readonly on?: 'any' | 'recoverable' | undefined
  /**
   * Whether an attempt that ran longer than `timeout` or `timeout.maxRuntime` is followed by another. A missed deadline ends
   * the action, and so does a wait that was too long. Defaults to true.
   */
  readonly onTimeout?: boolean | undefined
}

/**
 * How long an attempt may run (`'5m'`), or an object for the other limits. 0 means no limit; what is not set is left to the
 * server, which has no limits unless it was started with them.
 */
export type TimeoutOption = DurationInput | 0 | TimeoutPolicy

/** How long an action may take. Limits that are left out are those of the server; 0 is none. */
export interface TimeoutPolicy {
  /** Running time of one attempt. */
  readonly maxRuntime?: DurationInput | 0 | undefined
  /** Time that one attempt may wait before it starts. */
  readonly maxQueuedTime?: DurationInput | 0 | undefined
  /** Time over all attempts, from when the action was first queued. */
  readonly deadline?: DurationInput | 0 | undefined
}

/** Where Flyte mounts secrets that are files. */
export const secretsFolder = '/etc/flyte/secrets'

/** A secret by key, or with its group and where the task finds it. */
export type SecretRequest =
  | string
  | {
      readonly key: string
      readonly group?: string | undefined
      /**
       * Name of the environment variable: of the value or, with `mount`, of the path of its file. Defaults to the key (with its
       * group) in capitals, for a file with `_FILE` after it.
       */
      readonly envVar?: string | undefined
      /**
       * As a file, for what is long or no text: `true`, or the folder that Flyte has them in, `'/etc/flyte/secrets'`. Where there
       * are no containers it is elsewhere: the variable says where. Defaults to false, a variable.
       */
      readonly mount?: boolean | typeof secretsFolder | undefined
    }

/** What is shown for a task. */
export interface Documentation {
  /** One sentence, at most 255 characters. */
  readonly short?: string | undefined
  /** At most 2048 characters. */
  readonly long?: string | undefined
}

/** What the tasks of an environment have in common. */
export interface TaskEnvironmentOptions {
  /** Lower-case words joined by `-` or `_`, at most 63 characters. Part of the identity of its tasks. */
  readonly name: string
  /** At most 255 characters. */
  readonly description?: string | undefined
  readonly resources?: Resources | undefined
  /** Environment variables of the tasks' process. */
  readonly envVars?: Readonly<Record<string, string>> | undefined
  readonly secrets?: SecretRequest | readonly SecretRequest[] | undefined
  /** Defaults to `'disable'`. */
  readonly cache?: CacheOption | undefined
  /** Where its actions queue. Defaults to the queue of the action that calls it, or the run's. */
  readonly queue?: string | undefined
  /** Whether its actions may run where they can be interrupted. Defaults to false. */
  readonly interruptible?: boolean | undefined
  /** Container image, where actions run in containers: the name of one, or one that `tern build` makes. */
  readonly image?: string | Image | undefined
  /** What pods are made from, where actions run in pods: a name, or an object. Defaults to the cluster's own. */
  readonly podTemplate?: PodTemplateOption | undefined
  /** Has its processes used again by few attempts at a time. Defaults to what the server does. */
  readonly reusable?: ReusePolicy | undefined
  /** Makes its tasks another kind of task. */
  readonly pluginConfig?: PluginConfig | undefined
  /** Environments whose tasks are called from this one, deployed together with it. */
  readonly dependsOn?: readonly TaskEnvironment[] | undefined
}

/** What is declared of a task beside its function. */
export interface TaskOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> {
  /** Name of the task within its environment: `environment.name` identifies it. */
  readonly name: string
  /** Schemas of the inputs, by name. */
  readonly inputs?: I | undefined
  /** Schema of the one value that the task returns. */
  readonly output?: O | undefined
  /** Schemas of several named outputs, instead of `output`; the function returns an object of them. */
  readonly outputs?: N | undefined
  /** Label shown instead of the name, at most 63 characters. */
  readonly shortName?: string | undefined
  /** What the task does: one sentence, or short and long texts. */
  readonly docs?: string | Documentation | undefined
  /** Defaults to the environment's. */
  readonly cache?: CacheOption | undefined
  /** Defaults to 0. */
  readonly retries?: RetriesOption | undefined
  /** Defaults to no limit. */
  readonly timeout?: TimeoutOption | undefined
  /** Defaults to the environment's. */
  readonly queue?: string | undefined
  /** Defaults to the environment's. */
  readonly interruptible?: boolean | undefined
  /** Defaults to the environment's; the empty text means the cluster's own. Not in an environment that is reusable. */
  readonly podTemplate?: PodTemplateOption | undefined
  /** That it is not to be used any more, and what to use instead: for those who look at it. Defaults to nothing. */
  readonly deprecated?: string | undefined
  /** Whether its attempts leave a report to look at. Defaults to false. */
  readonly report?: boolean | undefined
  /** Start runs of it by themselves, once it is deployed. Defaults to none. */
  readonly triggers?: Trigger<NoInfer<I>> | readonly Trigger<NoInfer<I>>[] | undefined
  /** Shown with its actions. Defaults to none. */
  readonly links?: Link | readonly Link[] | undefined
  /**
   * The most that its inputs may have together, and its outputs, in bytes, without the files that they refer to. 0 means no
   * limit. Defaults to 10 MiB.
   */
  readonly maxInlineIoBytes?: number | undefined
}

/** A task that only waits. */
export type SleepTaskOptions = Pick<TaskOptions, 'name' | 'shortName' | 'docs' | 'queue'>

/** What one call can change. A given option replaces the task's or environment's value as a whole. */
export interface TaskOverrides {
  /** Label shown instead of the name, at most 63 characters. */
  readonly shortName?: string | undefined
  /** What the call's process may use. It replaces all of the environment's, not parts of them. */
  readonly resources?: Resources | undefined
  /** Instead of all of the environment's. */
  readonly envVars?: Readonly<Record<string, string>> | undefined
  /** Instead of all of the environment's. */
  readonly secrets?: SecretRequest | readonly SecretRequest[] | undefined
  /** Whether the call takes a result that there is, and keeps its own. Of a deployed task, `'auto'` needs a version instead. */
  readonly cache?: CacheOption | undefined
  /** How often the call is tried again after failures of its code. */
  readonly retries?: RetriesOption | undefined
  /** How long an attempt may run, or limits of its several times. */
  readonly timeout?: TimeoutOption | undefined
  /** The empty text means the run's queue. */
  readonly queue?: string | undefined
  /** Whether it may run on machines that can be taken away. */
  readonly interruptible?: boolean | undefined
  /** `'off'`: in a process of its own. Only then can resources, variables and secrets change in a reusable environment. */
  readonly reusable?: ReusePolicy | 'off' | undefined
  /** The empty text means the cluster's own. */
  readonly podTemplate?: PodTemplateOption | undefined
  /** Instead of all that the task has. */
  readonly links?: Link | readonly Link[] | undefined
  /** The most that inputs and outputs may have, each together, in bytes; 0 means no limit. */
  readonly maxInlineIoBytes?: number | undefined
}

/** The options in force for a task: environment, then task, then overrides, each by replacement. */
export interface EffectiveOptions {
  readonly shortName: string
  readonly resources: Resources
  readonly envVars: Readonly<Record<string, string>>
  readonly secrets: readonly Exclude<SecretRequest, string>[]
  readonly cache: CacheOption
  readonly retries: RetryPolicy
  readonly timeout: TimeoutPolicy
  /** What a time limit that is a plain duration limits. */
  readonly plainTimeout: 'maxRuntime' | 'deadline'
  readonly queue: string
  /** `undefined` when nobody said anything, so that the run may decide. */
  readonly interruptible: boolean | undefined
  readonly reusable: ReusePolicy | undefined
  /** The empty text for none. */
  readonly podTemplate: PodTemplateOption
  readonly pluginConfig: PluginConfig | undefined
  /** The empty text for not at all. */
  readonly deprecated: string
  readonly report: boolean
  readonly links: readonly Link[]
  /** In bytes; 0 for no limit. */
  readonly maxInlineIoBytes: number
}
