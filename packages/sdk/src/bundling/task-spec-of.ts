import type { TaskSpec, TaskTrigger } from '@tern/idl/task'
import { type AnyTask, definitionOf } from '../authoring/task.ts'
import { type SpecLocation, toTaskSpec } from '../authoring/task-spec.ts'
import { toTaskTriggers } from '../authoring/task-triggers.ts'

export type { SpecLocation } from '../authoring/task-spec.ts'

/** A task, of this copy of the SDK or of a loaded bundle, as the wire describes it. */
export function taskSpecOf(task: AnyTask, location: SpecLocation): TaskSpec {
  return toTaskSpec(definitionOf(task), location)
}

/**
 * The triggers that are declared with a task.
 *
 * @throws DataValidationError naming the trigger's input that is missing, or does not fit
 */
export function taskTriggersOf(task: AnyTask): Promise<TaskTrigger[]> {
  return toTaskTriggers(definitionOf(task))
}
