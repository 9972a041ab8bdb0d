import type { TaskSpec } from '@tern/idl/task'
import { type AnyTask, definitionOf } from '../authoring/task.ts'
import { type SpecLocation, toTaskSpec } from '../authoring/task-spec.ts'

export type { SpecLocation } from '../authoring/task-spec.ts'

/** A task, of this copy of the SDK or of a loaded bundle, as the wire describes it. */
export function taskSpecOf(task: AnyTask, location: SpecLocation): TaskSpec {
  return toTaskSpec(definitionOf(task), location)
}
