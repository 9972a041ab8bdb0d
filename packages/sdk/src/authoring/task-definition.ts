import type { TaskKind } from '../kinds/task-kind.ts'
import type { Parameter } from '../derive/derived-interface.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import type { TaskContext } from './context.ts'
import type { AnyFunction } from './derived-task.ts'
import type { LaunchPlanPart } from './launch-plan-part.ts'
import type { Trigger } from './trigger.ts'
import type { Documentation, EffectiveOptions, TaskEnvironmentOptions } from './task-options.ts'

/** What is known of a deployed task. */
export interface DeployedPart {
  /** Empty for the latest. */
  readonly version: string
  /** The options that are overridden, by name. */
  readonly overridden: readonly string[]
  /** Where it is deployed; default to those of the run. */
  readonly project?: string | undefined
  readonly domain?: string | undefined
}

/** What the SDK knows about a task. Users hold it as a `Task`, a function; overriding makes another definition. */
export interface TaskDefinition {
  readonly environment: {
    readonly name: string
    readonly options: TaskEnvironmentOptions
    readonly declaredIn?: string | undefined
  }
  /** Full name, `environment.function`. */
  readonly name: string
  /** The function's part of the name. */
  readonly functionName: string
  /** What it is beside its name, interface and options, and what executes it. */
  readonly kind: TaskKind
  /**
   * For a task whose code is not here, but deployed on the server; an empty version is the latest. Of the options here, only
   * those that are overridden count.
   */
  readonly deployed?: DeployedPart | undefined
  /** For a launch plan, which is called as a task is: what it launches, and how. */
  readonly launchPlan?: LaunchPlanPart | undefined
  readonly run: TaskFunction
  /** What `run` is with other options, for a task whose kind looks at them. */
  readonly runWith?: ((options: EffectiveOptions) => TaskFunction) | undefined
  /** How its function takes its inputs, where that is not as one object. Callers give them likewise. */
  readonly parameters?: readonly Parameter[] | undefined
  /**
   * The function itself, when its interface has to be derived from its types, which nobody has looked at; or may have to,
   * if it is not `certain`.
   */
  readonly untyped?: { readonly fn: AnyFunction; readonly certain: boolean } | undefined
  readonly docs: Documentation
  readonly interface: TaskInterface
  /** For a task whose interface is not known here: what a call of it says by the names of its inputs. */
  readonly interfaceFor?: ((inputs: readonly string[]) => TaskInterface) | undefined
  readonly options: EffectiveOptions
  /** What starts runs of it by itself, once it is deployed. */
  readonly triggers?: readonly Trigger[] | undefined
}

export type TaskFunction = (inputs: never, context: TaskContext) => unknown
