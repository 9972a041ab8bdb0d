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
