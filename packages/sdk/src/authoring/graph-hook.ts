import { FailedPreconditionError } from '@tern/core'
import type { TaskNodeOptions } from '../workflows/reference-types.ts'
import type { TaskDefinition } from './task-definition.ts'

// Tasks can become nodes of workflows without carrying what builds these: whoever imports `@tern/sdk/workflows` puts its
// builder here.

export interface GraphHook {
  /** What `task.node(inputs, options)` does. */
  addNode(
    definition: TaskDefinition,
    given: object | undefined,
    options: TaskNodeOptions | undefined,
    // biome-ignore lint/complexity/noBannedTypes: any function
    callee: Function,
  ): object
  /** @throws RunInsideGraphError in the body of a workflow */
  refuseInGraph(what: string): void
}

let hook: GraphHook | undefined

export function registerGraphHook(builder: GraphHook): void {
  hook = builder
}

/** The method `node` of a task. */
export function nodeMethod(definition: TaskDefinition): (given?: object, options?: TaskNodeOptions) => object {
  return function node(given, options) {
    if (hook !== undefined) return hook.addNode(definition, given, options, node)
    throw new FailedPreconditionError(`task ${definition.name}.node() was called outside the body of a workflow`, {
      hint: "Call it in the body of workflow(…), imported from '@tern/sdk/workflows'.",
    })
  }
}

/** Refuses what runs something while a graph is built, where nothing has a value. */
export function refuseInGraph(what: string): void {
  hook?.refuseInGraph(what)
}
