import type { PhaseName } from '@tern/core'
import { type Relation, RelationType, type TriggerIdentifier } from '@tern/idl/common'
import { type Run, type RunDetails, RunSource } from '@tern/idl/workflow'
import { type ActionCore, type ActionDetailsView, toActionDetailsView, toActionView } from './action-view.ts'
import { identityName } from './wire-values.ts'

/** A run as `-o json` shows it. */
export interface RunView {
  readonly name: string
  readonly project: string
  readonly domain: string
  readonly phase: PhaseName
  /** Full name of the task that it runs. */
  readonly task: string | null
  readonly taskVersion: string | null
  readonly shortName: string | null
  readonly environment: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly durationMs: number | null
  /** Of its root action. */
  readonly attempts: number
  /** The trigger that started it. */
  readonly trigger: { readonly task: string; readonly name: string; readonly revision: number } | null
  /** The run that it reruns or recovers, or that started it. */
  readonly relation: RelationView | null
  /** What started it. */
  readonly source: string | null
  readonly startedBy: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Its page in the console. */
  readonly url: string
}

/** Where a run comes from. */
export interface RelationView {
  /** `RERUN`, `RECOVER` or `SPAWN`. */
  readonly type: string
  readonly run: string
  readonly project: string
  readonly domain: string
}

export interface RunDetailsView extends RunView {
  readonly error: ActionDetailsView['error']
  readonly abort: ActionDetailsView['abort']
  readonly attemptDetails: ActionDetailsView['attemptDetails']
}

type UrlOf = (run: { project: string; domain: string; name: string }) => string

export function toRunView({ action, labels }: Run, urlOf: UrlOf): RunView {
  return runView(action ?? {}, labels, urlOf)
}

export function toRunDetailsView({ action, runSpec }: RunDetails, urlOf: UrlOf): RunDetailsView {
  if (action === undefined) throw new Error('the server answered with a run that has no root action')
  const { error, abort, attemptDetails } = toActionDetailsView(action)
  return { ...runView(action, runSpec?.labels?.values ?? {}, urlOf), error, abort, attemptDetails }
}

function runView(action: Partial<ActionCore>, labels: Readonly<Record<string, string>>, urlOf: UrlOf): RunView {
  const root = toActionView(action as ActionCore)
  const { project, domain, run: name } = root
  return {
    name,
    project,
    domain,
    phase: root.phase,
    task: root.task,
    taskVersion: root.taskVersion,
    shortName: root.shortName,
    environment: root.environment,
    startedAt: root.startedAt,
    endedAt: root.endedAt,
    durationMs: root.durationMs,
    attempts: root.attempts,
    trigger: triggerOf(action.metadata?.triggerId),
    relation: relationOf(action.metadata?.relation),
    source: sourceName(action.metadata?.source ?? RunSource.UNSPECIFIED),
    startedBy: identityName(action.metadata?.executedBy),
    labels: { ...labels },
    url: urlOf({ project, domain, name }),
  }
}

function triggerOf(id: TriggerIdentifier | undefined): RunView['trigger'] {
  if (id?.name === undefined) return null
  return { task: id.name.taskName, name: id.name.name, revision: Number(id.revision) }
}

function relationOf(relation: Relation | undefined): RelationView | null {
  const { name: run, project = '', domain = '' } = relation?.relatedTo ?? {}
  if (relation === undefined || run === undefined) return null
  const type = Object.entries(RelationType).find(([, value]) => value === relation.relationType)?.[0] ?? 'UNSPECIFIED'
  return { type, run, project, domain }
}

function sourceName(source: RunSource): string | null {
  if (source === RunSource.UNSPECIFIED) return null
  return Object.entries(RunSource).find(([, value]) => value === source)?.[0] ?? null
}
