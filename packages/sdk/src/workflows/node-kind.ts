import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskKind } from '../kinds/task-kind.ts'
import type { EntityTable } from './entities.ts'
import { GraphError } from './errors.ts'
import type { NodeKind } from './graph-scope.ts'
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

const commonOptions: readonly string[] = ['nodeName', 'name', 'after'] satisfies (keyof NodeOptions)[]

/** @throws GraphError for an option that belongs to tasks, since `what` is none */
export function refuseTaskOptions(what: string, options: object | undefined): void {
  const other = Object.entries(options ?? {}).find(
    ([key, value]) => value !== undefined && !commonOptions.includes(key),
  )
  if (other === undefined) return
  throw new GraphError(`${what} does not take the option ${other[0]}: a node of it takes ${commonOptions.join(', ')}`, {
    hint: 'Give it to the nodes inside.',
  })
}

export function isNodeKind(kind: TaskKind): kind is TaskKind & NodeTargetKind {
  return 'nodeTarget' in kind
}
