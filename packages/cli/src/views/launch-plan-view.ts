import type { JsonObject } from '@bufbuild/protobuf'
import { describeType } from '@tern/core'
import { type LaunchPlan, OnLimit } from '@tern/idl/launchplan'
import type { Schedule } from '@tern/idl/task'
import type { TernClient } from '@tern/sdk/client'
import { nextTimes, type ScheduleView, toTimeView } from '../triggers/schedule-view.ts'
import { toValues } from './io-view.ts'
import { toInputViews, type VariableView } from './task-view.ts'
import { identityName, isoTime, textOrNull } from './wire-values.ts'

/** A launch plan as `-o json` shows it. */
export interface LaunchPlanView {
  readonly name: string
  readonly version: string
  readonly project: string
  readonly domain: string
  /** Full name of what it launches. */
  readonly task: string
  readonly taskVersion: string
  readonly active: boolean
  /** Whether it is the one that every task has. */
  readonly default: boolean
  readonly description: string | null
  /** Null when it is only launched by hand. */
  readonly schedule: ScheduleView | null
  /** The next time of its schedule; null while it is not active. */
  readonly nextAt: string | null
  readonly deployedAt: string | null
  readonly deployedBy: string | null
  readonly activatedAt: string | null
}

export interface LaunchPlanDetailsView extends LaunchPlanView {
  readonly inputs: readonly VariableView[]
  readonly outputs: readonly Pick<VariableView, 'name' | 'type' | 'description'>[]
  /** Inputs that nobody can change. */
  readonly fixed: JsonObject
  /** The next times of its schedule, while it is active. */
  readonly nextTimes: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly context: Readonly<Record<string, string>>
  readonly queue: string | null
  readonly rawOutput: string | null
  readonly serviceAccount: string | null
  readonly maxActionConcurrency: number | null
  /** How many of its runs may be under way at once, and what becomes of one more; null for any number. */
  readonly concurrency: { readonly max: number; readonly onLimit: 'skip' | 'queue' } | null
  /** Its page in the console. */
  readonly url: string
}

const shownTimes = 5

export function toPlanView(plan: LaunchPlan): LaunchPlanView {
  const { id, spec, active, isDefault } = plan
  return {
    name: id?.name ?? '',
    version: id?.version ?? '',
    project: id?.project ?? '',
    domain: id?.domain ?? '',
    task: spec?.taskId?.name ?? '',
    taskVersion: spec?.taskId?.version ?? '',
    active,
    default: isDefault,
    description: textOrNull(spec?.description),
    schedule: spec?.schedule === undefined ? null : toTimeView(spec.schedule),
    nextAt: isoTime(plan.nextLaunchAt),
    deployedAt: isoTime(plan.deployedAt),
    deployedBy: identityName(plan.deployedBy),
    activatedAt: isoTime(plan.activatedAt),
  }
}

export function toPlanDetailsView(plan: LaunchPlan, client: TernClient, now: number): LaunchPlanDetailsView {
  const { spec, interface: typed, parameters } = plan
  const { runSpec, concurrency } = spec ?? {}
  const view = toPlanView(plan)
  return {
    ...view,
    inputs: toInputViews(typed?.inputs, parameters),
    outputs: (typed?.outputs?.variables ?? []).map(({ key, value }) => ({
      name: key,
      type: describeType(value?.type),
      description: textOrNull(value?.description),
    })),
    fixed: toValues(spec?.fixedInputs ?? []),
    nextTimes: timesOf(view, spec?.schedule, now),
    labels: { ...runSpec?.labels?.values },
    annotations: { ...runSpec?.annotations?.values },
    env: Object.fromEntries((runSpec?.envs?.values ?? []).map(({ key, value }) => [key, value])),
    context: { ...spec?.context },
    queue: textOrNull(runSpec?.queue),
    rawOutput: textOrNull(runSpec?.rawDataStorage?.rawDataPrefix),
    serviceAccount: textOrNull(runSpec?.securityContext?.runAs?.k8sServiceAccount),
    maxActionConcurrency: runSpec?.maxActionConcurrency || null,
    concurrency:
      concurrency === undefined || concurrency.maxRuns === 0
        ? null
        : { max: concurrency.maxRuns, onLimit: concurrency.onLimit === OnLimit.QUEUE ? 'queue' : 'skip' },
    url: urlOf(client, view.name),
  }
}

function timesOf(
  { active, nextAt, activatedAt }: LaunchPlanView,
  schedule: Schedule | undefined,
  now: number,
): readonly string[] {
  if (!active || schedule === undefined || nextAt === null) return []
  return nextTimes(schedule, { since: Date.parse(activatedAt ?? nextAt), count: shownTimes, now })
}

function urlOf({ configuration: { console, domain, project } }: TernClient, name: string): string {
  return `${console}/v2/domain/${domain}/project/${project}/launch-plans/${name}`
}
