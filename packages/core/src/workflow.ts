export { compareWorkflows, type FieldDifference, type WorkflowDifference } from './workflow/drawing/compare.ts'
export { drawDot } from './workflow/drawing/dot.ts'
export { drawMermaid } from './workflow/drawing/mermaid.ts'
export { type Outline, type OutlineBlock, type OutlineNode, outlineOf } from './workflow/drawing/outline.ts'
export { restyleSvg } from './workflow/drawing/svg.ts'
export { drawText } from './workflow/drawing/text.ts'
export { isAbortOfWorkflow } from './workflow/abort-reason.ts'
export { checkWorkflow } from './workflow/check-workflow.ts'
export type {
  NodeState,
  NodeStatusView,
  StartEffect,
  Started,
  StartedEnd,
  WorkflowEffect,
} from './workflow/effects.ts'
export { type EntityInterface, interfaceOf, typesIn } from './workflow/entity-interface.ts'
export { WorkflowExecution } from './workflow/execution.ts'
export { workflowFailure, type WorkflowFailureCode, workflowFailureCodes } from './workflow/execution-failures.ts'
export { itemResultType } from './workflow/item-results.ts'
export { nodeSpecOf } from './workflow/node-spec.ts'
export { type DeclaredReference, type Referenced, referenceDifference } from './workflow/reference-difference.ts'
export {
  createWorkflow,
  madeGraphOutput,
  workflowFormat,
  workflowOfLiteral,
  workflowOfTemplate,
  workflowTaskType,
  workflowToCustom,
  workflowToLiteral,
} from './workflow/workflow-wire.ts'
