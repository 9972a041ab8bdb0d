import type { Simplify } from '../authoring/inference.ts'
import type { LaunchPlanReference } from '../authoring/launch-plan-part.ts'
import type { Notification } from '../authoring/notify.ts'
import type { Task } from '../authoring/task.ts'
import type { CustomContext } from '../types/inputs-context.ts'
import type { PlanSchedule } from './plan-schedule.ts'
import type { NodeOptions } from './reference-types.ts'

/** Who the runs of a launch plan act as. */
export interface PlanIdentity {
  /** A service account of the cluster. */
  readonly serviceAccount?: string | undefined
  /** A role of the cloud. */
  readonly iamRole?: string | undefined
}

/** How many runs of a launch plan, of all its versions, may be under way at once. */
export interface PlanConcurrency {
  readonly max: number
  /** What becomes of one more: it is not started (`'skip'`, the default), or waits for its turn (`'queue'`). */
  readonly onLimit?: 'skip' | 'queue' | undefined
}

/** What is declared of a launch plan, beside what it launches. */
export interface LaunchPlanOptions<
  B extends object = Record<string, unknown>,
  D extends keyof B = keyof B,
  F extends keyof B = keyof B,
  S extends PlanSchedule | undefined = PlanSchedule | undefined,
> {
  /** Unique in its project and domain: letters, digits, `.`, `_` and `-`. */
  readonly name: string
  /** At most 255 characters. */
  readonly description?: string | undefined
  /** Instead of the task's own defaults; whoever launches the plan may give others. */
  readonly defaults?: Pick<B, D> | undefined
  /** Inputs that nobody can change: they are none of the plan's. They go before defaults. */
  readonly fixed?: Pick<B, F> | undefined
  /** When it starts runs by itself, while it is active: see `cron` and `every`. Every input has to have a value then. */
  readonly schedule?: S | undefined
  /** What is sent when one of its runs ends: see `notify`. Defaults to nothing. */
  readonly notify?: Notification | readonly Notification[] | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  /** Environment variables of its runs. */
  readonly envVars?: Readonly<Record<string, string>> | undefined
  /** What flows to all actions of its runs. Defaults to nothing. */
  readonly customContext?: CustomContext | undefined
  /** Where its runs put large data, such as `s3://bucket/prefix`. Defaults to what the server says. */
  readonly rawOutput?: string | undefined
  /** Actions of one of its runs at the same time, 2 or more; 0 means no limit, which is the default. */
  readonly maxActionConcurrency?: number | undefined
  /** Defaults to any number of runs. */
  readonly concurrency?: PlanConcurrency | undefined
  readonly identity?: PlanIdentity | undefined
  readonly interruptible?: boolean | undefined
  /** Computes results anew, and keeps those. Defaults to false. */
  readonly overwriteCache?: boolean | undefined
  readonly queue?: string | undefined
  /** Whether deploying a version makes it the active one. Defaults to false. */
  readonly autoActivate?: boolean | undefined
}

/** What a task takes, by name. That of a task whose inputs stand one after the other is known only where it runs. */
export type NamedInputs<I extends object> = 0 extends 1 & I
  ? Record<string, unknown>
  : I extends readonly unknown[]
    ? I extends readonly [(infer One)?]
      ? ObjectOr<NonNullable<One>, Record<string, unknown>>
      : Record<string, unknown>
    : I

type ObjectOr<T, Otherwise extends object> = T extends readonly unknown[] | Date | string | number | bigint | boolean
  ? Otherwise
  : T extends object
    ? T
    : Otherwise

/** What a launch plan takes: without the fixed inputs, and those with defaults may be left out. */
export type PlanInputs<B extends object, D extends keyof B, F extends keyof B> = Simplify<
  Omit<B, D | F> & { [K in Exclude<D, F>]?: B[K] | undefined }
>

/** Names of the inputs that can be given the time of a schedule. */
export type DateInputs<B extends object> = {
  [K in keyof B]-?: Date extends B[K] ? K : never
}[keyof B] &
  string

type RequiredInputs<B extends object> = { [K in keyof B]-?: {} extends Pick<B, K> ? never : K }[keyof B]

/** What the type of a plan's options says when there is a schedule and an input without a value. */
export interface NoValueFor<Input> {
  readonly 'a scheduled launch plan needs a default or fixed value for the input': Input
}

/** Nothing more is asked of options, unless there is a schedule and an input without a value. */
export type ScheduleCheck<B extends object, D extends keyof B, F extends keyof B, S> =
  S extends PlanSchedule<infer K>
    ? [Exclude<RequiredInputs<B>, D | F | K>] extends [never]
      ? unknown
      : { readonly schedule: NoValueFor<Exclude<RequiredInputs<B>, D | F | K>> }
    : unknown

/**
 * A launch plan of something that takes `B` and returns `R`, with defaults for the inputs `D` and with the inputs `F` fixed.
 *
 * Called as a plain function it calls what it launches, with the saved inputs; called in a task that runs it is a run of its own
 * which that task waits for; and `run(plan, inputs)` launches what is deployed under its name.
 */
export type LaunchPlan<
  // biome-ignore lint/suspicious/noExplicitAny: any launch plan
  B extends object = any,
  // biome-ignore lint/suspicious/noExplicitAny: any launch plan
  R = any,
  D extends keyof B = never,
  F extends keyof B = never,
> = PlanTask<PlanInputs<B, D, F>, R> & {
  /**
   * Another launch plan of the same task: what is given here replaces, option by option, what was said of this one.
   *
   * @throws InvalidArgumentError naming the option that is wrong, or the input whose value does not fit
   */
  with<
    const D2 extends keyof B = D,
    const F2 extends keyof B = F,
    const S extends PlanSchedule<DateInputs<B>> | undefined = undefined,
  >(options: LaunchPlanOptions<B, D2, F2, S> & ScheduleCheck<B, D2, F2, S>): LaunchPlan<B, R, D2, F2>
}

/** What launch plans have that are declared here, and those that are only referred to. They have no options of tasks. */
export type PlanTask<I extends object, R> = Task<I, R, NodeOptions, never> & {
  /** What runs of it are launched by. */
  readonly reference: LaunchPlanReference
}
