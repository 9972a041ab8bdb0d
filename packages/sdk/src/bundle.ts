// Compiling files of tasks into code bundles, and looking at what they hold.
export { BundleError, type BundleProblem } from './bundling/bundle-error.ts'
export { bundleFile, type BundleOptions, type CodeBundle } from './bundling/bundle-file.ts'
export { type DeployedTaskState, deployFile, type DeployFileOptions, type Deployment } from './bundling/deploy-file.ts'
export type { DeployedPlanState } from './bundling/deploy-plan.ts'
export { deployPlan } from './bundling/deploy-plan.ts'
export { isLaunchPlan, type LaunchedSpec, launchedSpecOf } from './bundling/launched-spec.ts'
export type { ProblemOf } from './bundling/kept-triggers.ts'
export { derivedDefinition } from './bundling/derived-definition.ts'
export {
  type BuildContext,
  compileImages,
  readBuildContext,
  writeBuildContext,
} from './images/build-context.ts'
export { type Image, isImage } from './images/image.ts'
export { loadBundle } from './bundling/load-bundle.ts'
export { type SpecLocation, taskSpecOf, taskTriggersOf } from './bundling/task-spec-of.ts'
export type { LocalWireRun } from './local/local-run.ts'
export type { BundleProgram } from './runtime/bundle-program.ts'
