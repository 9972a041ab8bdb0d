import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskKind } from '../kinds/task-kind.ts'
import type { EntityTable } from './entities.ts'
import type { NodeKind } from './graph-scope.ts'
import { checkNodeOptions } from './node-options.ts'
import type { NodeOptions, TaskNodeOptions } from './reference-types.ts'

/** What a node does, for something that is called. */
export interface NodeTarget {
  /** What is said about the node itself. */
  readonly options?: NodeOptions | undefined
  /** What messages call it: `workflow hello.train`. */
  readonly what: string
  readonly toKind: (entities: EntityTable) => NodeKind
  /** Whether its nodes say themselves what they give. */
  readonly declaresOutputs?: boolean | undefined
}

/** A kind of task that is something else than a task in a graph, such as a part of it. */
export interface NodeTargetKind {
  /** @throws GraphError for options that nodes of this kind do not take */
  nodeTarget(definition: TaskDefinition, options: TaskNodeOptions | undefined): NodeTarget
}

/** @throws GraphError for an option that belongs to tasks, since `what` is none */
export function refuseTaskOptions(what: string, options: object | undefined): void {
  checkNodeOptions(what, options, { hint: 'What is said about tasks, say about the nodes inside.' })
}

export function isNodeKind(kind: TaskKind): kind is TaskKind & NodeTargetKind {
  return 'nodeTarget' in kind
}
