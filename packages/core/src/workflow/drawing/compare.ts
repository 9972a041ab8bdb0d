import { toJson } from '@bufbuild/protobuf'
import type { Entity, Workflow } from '@tern/idl/graph'
import { TaskSpecSchema } from '@tern/idl/task'
import { flatten } from './describe.ts'
import { outlineOf, type Outline, type OutlineNode } from './outline.ts'

/** How a node, or the workflow itself, differs between two versions. */
export interface WorkflowDifference {
  /** Path of the node; empty for the workflow itself. */
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly title: string
  /** What is otherwise; of a node that was added or removed, what it is. */
  readonly details: readonly FieldDifference[]
}

export interface FieldDifference {
  readonly field: string
  readonly before: string
  readonly after: string
}

/**
 * What is different in another version of a workflow. Nodes are told apart by their paths; where they stand in the source, and in
 * which version their tasks are, does not count.
 */
export function compareWorkflows(before: Workflow, after: Workflow): readonly WorkflowDifference[] {
  const [old, current] = [outlineOf(before), outlineOf(after)]
  const [oldNodes, newNodes] = [nodesOf(old), nodesOf(current)]
  const paths = [...new Set([...oldNodes.keys(), ...newNodes.keys()])]
  return [
    ...differenceOf('', current.name, factsOf(old), factsOf(current)),
    ...paths.flatMap((path) => {
      const [was, is] = [oldNodes.get(path), newNodes.get(path)]
      if (was === undefined) return [{ path, change: 'added' as const, title: is!.title, details: [] }]
      if (is === undefined) return [{ path, change: 'removed' as const, title: was.title, details: [] }]
      return differenceOf(path, is.title, factsOfNode(was, before), factsOfNode(is, after))
    }),
  ]
}

type Facts = Readonly<Record<string, string>>

function differenceOf(path: string, title: string, before: Facts, after: Facts): WorkflowDifference[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const details = fields.flatMap((field) => {
    const [was, is] = [before[field] ?? '', after[field] ?? '']
    return was === is ? [] : [{ field, before: was, after: is }]
  })
  return details.length === 0 ? [] : [{ path, change: 'changed', title, details }]
}

function nodesOf({ nodes, onFailure }: Outline): Map<string, OutlineNode> {
  const found = new Map<string, OutlineNode>()
  const add = (node: OutlineNode): void => {
    found.set(node.path, node)
    for (const block of node.blocks) for (const inner of block.nodes) add(inner)
  }
  for (const node of nodes) add(node)
  if (onFailure !== undefined) add(onFailure)
  return found
}

function factsOf({ inputs, outputs, finishesOthers, onFailure }: Outline): Facts {
  return {
    inputs: inputs.join(', '),
    outputs: outputs.join(', '),
    'when a node fails': finishesOthers ? 'the others finish' : 'the others are aborted',
    'failure handler': onFailure?.title ?? '',
  }
}

function factsOfNode(node: OutlineNode, workflow: Workflow): Facts {
  const { kind, title, detail, inputs, after, blocks, overrides, entity } = node
  return {
    calls: `${kind} ${title}`,
    options: detail,
    overrides,
    ...factsOfTask(entity === undefined ? undefined : workflow.entities[entity]),
    ...Object.fromEntries(inputs.map((input) => [`input ${input.slice(0, input.indexOf(' = '))}`, input])),
    after: after.map(({ path }) => path).join(', '),
    ...Object.fromEntries(
      blocks.flatMap(({ name, condition, failure }) =>
        name === '' ? [] : [[name, failure === '' ? condition : `${condition}: fails: ${failure}`]],
      ),
    ),
  }
}

// Where its code is, is another place in every version.
const placeFields = /^taskTemplate\.(id\.|metadata\.codeBundleUri|container\.args|k8sPod)/

/** What is said about the task that a node calls. */
function factsOfTask(entity: Entity | undefined): Facts {
  if (entity?.kind.case !== 'task') return {}
  const said = [...flatten(toJson(TaskSpecSchema, entity.kind.value))]
  return Object.fromEntries(
    said.flatMap(([field, value]) => (placeFields.test(field) ? [] : [[`task ${field}`, value]])),
  )
}
