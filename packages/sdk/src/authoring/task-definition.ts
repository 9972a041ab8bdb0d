import type { TaskInterface } from '../types/task-interface.ts'
import type { TaskContext } from './context.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { Documentation, EffectiveOptions } from './task-options.ts'

/** What the SDK knows about a task. Users hold it as a `Task`, a function; overriding makes another definition. */
export interface TaskDefinition {
  readonly environment: TaskEnvironment
  /** Full name, `environment.function`. */
  readonly name: string
  /** The function's part of the name. */
  readonly functionName: string
  readonly run: TaskFunction
  readonly docs: Documentation
  readonly interface: TaskInterface
  readonly options: EffectiveOptions
}

export type TaskFunction = (inputs: never, context: TaskContext) => unknown
