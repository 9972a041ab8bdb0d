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
export function emitWorkflow(graph: BuiltGraph, location: SpecLocation = nowhere, withSource = true): EmittedWorkflow {
  const table = new EntityTable(location, { withSource })
  const message = graph.toGraph(table)
  return { workflow: createWorkflow({ entities: table.entities, graph: message }), targets: table.targets }
}

const digests = new WeakMap<BuiltGraph, string>()

/** The SHA-256, in hex, of a graph: the same wherever it is deployed, and wherever its lines stand in the source. */
export function graphDigest(graph: BuiltGraph): string {
  let digest = digests.get(graph)
  if (digest === undefined) {
    const { workflow } = emitWorkflow(graph, nowhere, false)
    digest = createHash('sha256').update(toBinaryDeterministic(WorkflowSchema, workflow)).digest('hex')
    digests.set(graph, digest)
  }
  return digest
}
