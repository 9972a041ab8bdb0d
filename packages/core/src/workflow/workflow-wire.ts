import {
  create,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf'
import type { Literal, TaskTemplate } from '@tern/idl/core'
import { type Workflow, WorkflowSchema } from '@tern/idl/graph'
import { toBinaryDeterministic } from '../deterministic.ts'
import { InvalidArgumentError } from '../errors.ts'
import { binaryLiteral } from '../literal-messages.ts'

/** The type of tasks that are compiled workflows. */
export const workflowTaskType = 'workflow'

/** The newest form of compiled workflows that is understood. */
export const workflowFormat = 1

/** The one output of the task of a dynamic node. */
export const madeGraphOutput = 'graph'

const graphKey = 'graph'
const madeGraphTag = WorkflowSchema.typeName

/**
 * What the `custom` of a template of the type `workflow` holds: the graph as JSON, in one text. As an object of the protocol's it
 * would be ten times as expensive to read and write, wherever the task goes. Equal workflows give equal texts.
 */
export function workflowToCustom(workflow: Workflow): JsonObject {
  // Maps of embedded messages, and structs, are in an order of their own after this.
  const canonical = fromBinary(WorkflowSchema, toBinaryDeterministic(WorkflowSchema, workflow))
  return { [graphKey]: toJsonString(WorkflowSchema, canonical) }
}

/**
 * The workflow of a template of the type `workflow`.
 *
 * Throws InvalidArgumentError when there is none, or one that cannot be read.
 */
export function workflowOfTemplate(template: Pick<TaskTemplate, 'custom'> | undefined): Workflow {
  const json = template?.custom?.[graphKey]
  if (json === undefined || json === null) {
    throw new InvalidArgumentError('custom.graph: a task of the type workflow needs its compiled graph here', {
      field: 'custom.graph',
      hint: 'Compile it with a current Tern SDK.',
    })
  }
  return checkFormat(readJson(json))
}

/** The output of a dynamic node's task: the workflow that it made. */
export function workflowToLiteral(workflow: Workflow): Literal {
  return binaryLiteral(toBinary(WorkflowSchema, workflow), madeGraphTag)
}

/**
 * Reads the output of a dynamic node's task.
 *
 * Throws InvalidArgumentError when it is something else.
 */
export function workflowOfLiteral(literal: Literal | undefined): Workflow {
  const scalar = literal?.value.case === 'scalar' ? literal.value.value.value : undefined
  if (scalar?.case !== 'binary' || scalar.value.tag !== madeGraphTag) {
    throw new InvalidArgumentError(`the output ${madeGraphOutput} is no binary literal with the tag ${madeGraphTag}`, {
      field: madeGraphOutput,
    })
  }
  try {
    return checkFormat(fromBinary(WorkflowSchema, scalar.value.value))
  } catch (error) {
    throw unreadable(madeGraphOutput, error)
  }
}

/** A workflow of the current form. */
export function createWorkflow(parts: Pick<Workflow, 'entities' | 'graph'>): Workflow {
  return create(WorkflowSchema, { format: workflowFormat, ...parts })
}

function readJson(graph: JsonValue): Workflow {
  // What a newer writer adds without a new form may be left out; what may not has a new form.
  try {
    const json = typeof graph === 'string' ? (JSON.parse(graph) as JsonValue) : graph
    return fromJson(WorkflowSchema, json, { ignoreUnknownFields: true })
  } catch (error) {
    throw unreadable(`custom.${graphKey}`, error)
  }
}

function checkFormat(workflow: Workflow): Workflow {
  if (workflow.format >= 1 && workflow.format <= workflowFormat) return workflow
  throw new InvalidArgumentError(
    `graph.format ${workflow.format} is not understood: this version of Tern knows the form ${workflowFormat}`,
    { field: 'graph.format', hint: 'Update Tern, or compile the workflow with an older SDK.' },
  )
}

function unreadable(field: string, error: unknown): unknown {
  if (error instanceof InvalidArgumentError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new InvalidArgumentError(`${field}: the compiled graph cannot be read: ${reason}`, { field, cause: error })
}
