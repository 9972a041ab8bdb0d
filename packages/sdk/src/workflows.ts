/**
 * Static workflows: graphs that are checked before they run.
 *
 * @module @tern/sdk/workflows
 */
export { workflow } from './workflows/workflow.ts'
export { dynamic } from './workflows/dynamic.ts'
export { fail, when } from './workflows/when.ts'
export { and, eq, ge, gt, isFalse, isNone, isTrue, le, lt, ne, not, or } from './workflows/conditions.ts'
export { mapOver } from './workflows/map-over.ts'
export { itemResults } from './workflows/item-results.ts'
export { approve, signal, sleep } from './workflows/gates.ts'
export { graph } from './workflows/graph-builder.ts'
export { backfill } from './workflows/backfill.ts'
export { launchPlan } from './workflows/launch-plan.ts'
export { refLaunchPlan } from './workflows/ref-launch-plan.ts'
export { cron, every } from './workflows/plan-schedule.ts'
export { chain } from './workflows/chain.ts'
export { echo } from './workflows/echo.ts'
export { nodeFailure } from './workflows/node-failure.ts'

export type {
  BodyResult,
  CompiledWorkflow,
  Handler,
  InputRefs,
  Workflow,
  WorkflowOptions,
} from './workflows/workflow.ts'
export type { FailurePolicy } from './workflows/built-graph.ts'
export type { DynamicOptions } from './workflows/dynamic.ts'
export type { BranchResult, When, WhenResult } from './workflows/when.ts'
export type { Comparable, WorkflowCondition } from './workflows/conditions.ts'
export type { MapInputs, MapOptions, MapTask } from './workflows/map-over.ts'
export type { Echoed } from './workflows/echo.ts'
export type { ItemError, ItemResult } from './workflows/item-results.ts'
export type { ApproveOptions, GateOptions } from './workflows/gates.ts'
export type { GraphBuilder, GraphOptions } from './workflows/graph-builder.ts'
export type { Backfill, BackfillOptions, BackfillSchedule } from './workflows/backfill.ts'
export type {
  DateInputs,
  LaunchPlan,
  LaunchPlanOptions,
  NamedInputs,
  NoValueFor,
  PlanConcurrency,
  PlanIdentity,
  PlanInputs,
  PlanTask,
  ScheduleCheck,
} from './workflows/launch-plan-types.ts'
export type { CronOptions, EveryOptions, PlanSchedule } from './workflows/plan-schedule.ts'
export type { RefLaunchPlanInterface } from './workflows/ref-launch-plan.ts'
export type { LaunchPlanReference } from './authoring/launch-plan-part.ts'
export type { FailedNode, NodeFailure } from './workflows/node-failure.ts'
export type {
  AnyNode,
  Bindable,
  BindableInputs,
  NodeArguments,
  NodeOf,
  NodeOptions,
  Ref,
  Reference,
  TaskNodeOptions,
  ValueOf,
  VoidNode,
} from './workflows/reference-types.ts'
export {
  AsyncBodyError,
  BindError,
  ForeignRefError,
  GraphError,
  NotInGraphError,
  ReferenceUseError,
  RunInsideGraphError,
} from './workflows/errors.ts'
