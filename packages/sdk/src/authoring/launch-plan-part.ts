import type { Literal } from '@tern/idl/core'
import type { LaunchPlanSpec } from '@tern/idl/launchplan'
import type { PlanSchedule } from '../workflows/plan-schedule.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { RunOptions } from './run-handle.ts'

/** A launch plan on a server. */
export interface LaunchPlanReference {
  readonly name: string
  /** Defaults to the active one. */
  readonly version?: string | undefined
  /** Default to those of whoever refers to it. */
  readonly project?: string | undefined
  readonly domain?: string | undefined
}

/** What a definition has that is a launch plan, beside what every task has. */
export interface LaunchPlanPart {
  readonly reference: LaunchPlanReference
  /** What is declared of it; absent for one that is only referred to. */
  readonly declared?: DeclaredPlan | undefined
}

export interface DeclaredPlan {
  /** What it launches. */
  readonly launched: TaskDefinition
  /** The plan that every task has. It is not deployed. */
  readonly isDefault: boolean
  readonly autoActivate: boolean
  /** By name, as the wire has them. */
  readonly fixed: ReadonlyMap<string, Literal>
  readonly defaults: ReadonlyMap<string, Literal>
  readonly schedule: PlanSchedule | undefined
  /** What its runs are started with. */
  readonly runOptions: RunOptions
  /** Everything that is deployed but the version of the task. */
  readonly toSpec: () => LaunchPlanSpec
}
