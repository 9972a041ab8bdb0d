import { type JsonValue, toJson } from '@bufbuild/protobuf'
import { drawText, outlineOf, workflowOfTemplate } from '@tern/core/workflow'
import type { TaskTemplate } from '@tern/idl/core'
import { WorkflowSchema } from '@tern/idl/graph'
import { renderSection } from '../output/details.ts'
import type { TextStyle } from '../output/print-result.ts'

/** The graph of a deployed workflow, as `tern compile -o json` has it. */
export function toGraphView(template: TaskTemplate | undefined): JsonValue {
  return template === undefined ? null : toJson(WorkflowSchema, workflowOfTemplate(template))
}

/** The same as a list of nodes, in a section of its own. */
export function graphText(template: TaskTemplate | undefined, { colors }: TextStyle): string {
  if (template === undefined) return ''
  return `\n${renderSection('Graph', drawText(outlineOf(workflowOfTemplate(template))), colors)}`
}
