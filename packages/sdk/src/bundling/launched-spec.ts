import type { NamedLiteral, RunSpec, TaskSpec } from '@tern/idl/task'
import type { KeyValuePair } from '@tern/idl/core'
import { type AnyTask, definitionOf } from '../authoring/task.ts'
import type { DeployedPart } from '../authoring/task-definition.ts'
import { type SpecLocation, toTaskSpec } from '../authoring/task-spec.ts'
import { declaredPlan } from './deploy-plan.ts'

/** What a launch plan starts, as the wire has it. */
export interface LaunchedSpec {
  /** The task, or, for one that is deployed elsewhere, which it is. */
  readonly task:
    | { readonly spec: TaskSpec }
    | { readonly deployed: Omit<DeployedPart, 'overridden'> & { readonly name: string } }
  /** Beside those that are given. */
  readonly fixedInputs: readonly NamedLiteral[]
  readonly context: readonly KeyValuePair[]
  readonly runSpec: RunSpec | undefined
}

/** What a launch plan of a file would start, to run it without deploying anything. */
export function launchedSpecOf(plan: AnyTask, location: SpecLocation): LaunchedSpec {
  const { launched, toSpec } = declaredPlan(plan)
  const { fixedInputs, context, runSpec } = toSpec()
  const { name, deployed } = launched
  return {
    task: deployed === undefined ? { spec: toTaskSpec(launched, location) } : { deployed: { name, ...deployed } },
    fixedInputs,
    context: Object.entries(context).map(([key, value]) => ({ $typeName: 'flyteidl2.core.KeyValuePair', key, value })),
    runSpec,
  }
}

/** Whether a task is a launch plan that is declared here. */
export function isLaunchPlan(task: AnyTask): boolean {
  return definitionOf(task).launchPlan?.declared !== undefined
}
