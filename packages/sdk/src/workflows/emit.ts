import { createHash } from 'node:crypto'
import { toBinaryDeterministic } from '@tern/core'
import { createWorkflow } from '@tern/core/workflow'
import { type Workflow, WorkflowSchema } from '@tern/idl/graph'
import type { SpecLocation } from '../authoring/task-spec.ts'
import type { BuiltGraph } from './built-graph.ts'
import { EntityTable, type EntityTarget } from './entities.ts'

export interface EmittedWorkflow {
  readonly workflow: Workflow
  /** What stands behind its entities in this process, in their order. */
  readonly targets: readonly EntityTarget[]
}

/** Before it is known where a workflow is deployed. */
export const nowhere: SpecLocation = { org: '', project: '', domain: '', version: '', bundleUri: '' }

/** A graph as the wire has it, with the tasks that it calls at a location. */
export function emitWorkflow(graph: BuiltGraph, location: SpecLocation = nowhere): EmittedWorkflow {
  const emitted = emit(graph, location)
  addPositions(emitted.table)
  return emitted
}

const digests = new WeakMap<BuiltGraph, string>()

/** The SHA-256, in hex, of a graph: the same wherever it is deployed, and wherever its lines stand in the source. */
export function graphDigest(graph: BuiltGraph): string {
  return digests.get(graph) ?? digestOf(graph, emit(graph, nowhere).workflow)
}

/** A graph as the wire has it, and its digest. */
export function emitWithDigest(graph: BuiltGraph): EmittedWorkflow & { readonly digest: string } {
  const emitted = emit(graph, nowhere)
  const digest = digests.get(graph) ?? digestOf(graph, emitted.workflow)
  addPositions(emitted.table)
  return { ...emitted, digest }
}

function emit(graph: BuiltGraph, location: SpecLocation): EmittedWorkflow & { readonly table: EntityTable } {
  const table = new EntityTable(location)
  const message = graph.toGraph(table)
  return { workflow: createWorkflow({ entities: table.entities, graph: message }), targets: table.targets, table }
}

/** @param workflow without positions */
function digestOf(graph: BuiltGraph, workflow: Workflow): string {
  const digest = createHash('sha256').update(toBinaryDeterministic(WorkflowSchema, workflow)).digest('hex')
  digests.set(graph, digest)
  return digest
}

function addPositions({ positions }: EntityTable): void {
  for (const [node, position] of positions) {
    node.source = { $typeName: 'tern.workflow.v1.SourcePosition', ...position }
  }
}
