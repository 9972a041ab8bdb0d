import type { JsonValue } from '@bufbuild/protobuf'
import { describeType, fromProtoDuration, literalToJson, type PhaseName, phaseName } from '@tern/core'
import { type LiteralType, type Resources, Resources_ResourceName, type VariableMap } from '@tern/idl/core'
import type {
  LatestRunSummary,
  ListVersionsResponse_VersionResponse,
  NamedParameter,
  Task,
  TaskDetails,
  TaskIdentifier,
  TaskMetadata,
  TaskSpec,
} from '@tern/idl/task'
import { identityName, isoTime, textOrNull } from './wire-values.ts'

/** A deployed task as `-o json` shows it. */
export interface TaskView {
  /** `environment.function` */
  readonly name: string
  readonly version: string
  readonly project: string
  readonly domain: string
  readonly shortName: string | null
  readonly environment: string | null
  readonly description: string | null
  readonly deployedAt: string | null
  readonly deployedBy: string | null
  readonly latestRun: LatestRunView | null
}

export interface LatestRunView {
  readonly name: string
  readonly phase: PhaseName
  readonly at: string | null
}

/** A version of a task as `-o json` shows it. */
export interface TaskVersionView {
  readonly version: string
  readonly deployedAt: string | null
  readonly deployedBy: string | null
  readonly latestRun: LatestRunView | null
}

export interface TaskDetailsView extends Omit<TaskView, 'latestRun'> {
  /** What is said to those who use it; null unless it is not to be used any more. */
  readonly deprecated: string | null
  readonly type: string
  readonly inputs: readonly VariableView[]
  readonly outputs: readonly Pick<VariableView, 'name' | 'type' | 'description'>[]
  readonly retries: number
  /** The longest that an attempt may run; null for no limit. */
  readonly timeoutMs: number | null
  readonly cached: boolean
  /** Null where results are not cached. */
  readonly caching: CachingView | null
  readonly resources: ResourcesView
  /** How many triggers start this version. */
  readonly triggers: { readonly total: number; readonly active: number }
  /** Where its code can be read. */
  readonly sourceUrl: string | null
}

export interface CachingView {
  readonly version: string
  /** Whether equal calls wait for the first one's result. */
  readonly serialized: boolean
  readonly ignoredInputs: readonly string[]
}

export interface ResourcesView {
  /** By kind, e.g. `{"cpu": "1", "memory": "512Mi"}`. */
  readonly requests: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, string>>
}

export interface VariableView {
  readonly name: string
  /** As people read it, e.g. `list<integer>`. */
  readonly type: string
  readonly description: string | null
  readonly required: boolean
  /** What is used when it is left out, as JSON; null where there is no default. */
  readonly default: JsonValue
}

export function toTaskView({ taskId, metadata, taskSummary }: Task): TaskView {
  return { ...identity(taskId, metadata), latestRun: toLatestRunView(taskSummary?.latestRun) }
}

export function toTaskVersionView(version: ListVersionsResponse_VersionResponse): TaskVersionView {
  return {
    version: version.version,
    deployedAt: isoTime(version.deployedAt),
    deployedBy: identityName(version.deployedBy),
    latestRun: toLatestRunView(version.latestRun),
  }
}

function toLatestRunView(run: LatestRunSummary | undefined): LatestRunView | null {
  if (run?.runId === undefined) return null
  return { name: run.runId.name, phase: phaseName(run.phase), at: isoTime(run.runTime) }
}

export function toTaskDetailsView({ taskId, metadata, spec }: TaskDetails): TaskDetailsView {
  const template = spec?.taskTemplate
  const timeout = template?.metadata?.timeout
  return {
    ...identity(taskId ?? undefined, metadata),
    description:
      textOrNull(spec?.documentation?.longDescription) ??
      textOrNull(spec?.documentation?.shortDescription) ??
      textOrNull(metadata?.shortDescription),
    deprecated: textOrNull(template?.metadata?.deprecatedErrorMessage),
    type: template?.type ?? '',
    inputs: toInputViews(template?.interface?.inputs, spec?.defaultInputs ?? []),
    outputs: (template?.interface?.outputs?.variables ?? []).map(({ key, value }) => ({
      name: key,
      type: describeType(value?.type),
      description: textOrNull(value?.description),
    })),
    retries: template?.metadata?.retries?.retries ?? 0,
    timeoutMs: timeout === undefined ? null : fromProtoDuration(timeout).milliseconds || null,
    cached: template?.metadata?.discoverable ?? false,
    caching: toCachingView(spec),
    resources: toResourcesView(template?.target.case === 'container' ? template.target.value.resources : undefined),
    triggers: toTriggersView(metadata),
    sourceUrl: textOrNull(spec?.documentation?.sourceCode?.link),
  }
}

function toCachingView(spec: TaskSpec | undefined): CachingView | null {
  const metadata = spec?.taskTemplate?.metadata
  if (metadata?.discoverable !== true) return null
  const { discoveryVersion: version, cacheSerializable: serialized, cacheIgnoreInputVars: ignoredInputs } = metadata
  return { version, serialized, ignoredInputs }
}

function toResourcesView(resources: Resources | undefined): ResourcesView {
  const amounts = (entries: Resources['requests']) =>
    Object.fromEntries(entries.map(({ name, value }) => [resourceName(name), value] as const))
  return { requests: amounts(resources?.requests ?? []), limits: amounts(resources?.limits ?? []) }
}

function resourceName(name: Resources_ResourceName): string {
  const known = Object.entries(Resources_ResourceName).find(([, value]) => value === name)?.[0]
  return (known ?? String(name)).toLowerCase()
}

function toTriggersView(metadata: TaskMetadata | undefined): TaskDetailsView['triggers'] {
  const summary = metadata?.triggersSummary?.summary
  if (summary?.case === 'stats') return { total: summary.value.total, active: summary.value.active }
  return summary?.case === 'details' ? { total: 1, active: summary.value.active ? 1 : 0 } : { total: 0, active: 0 }
}

/** A task's inputs, with what is used for those that are left out. */
export function toInputViews(variables: VariableMap | undefined, defaults: readonly NamedParameter[]): VariableView[] {
  return (variables?.variables ?? []).map(({ key, value }) => {
    const parameter = defaults.find(({ name }) => name === key)?.parameter
    const literal = parameter?.behavior.case === 'default' ? parameter.behavior.value : undefined
    return {
      name: key,
      type: describeType(value?.type),
      description: textOrNull(value?.description) ?? textOrNull(parameter?.var?.description),
      required: literal === undefined && !isOptional(value?.type),
      default: literal === undefined ? null : literalToJson(literal),
    }
  })
}

function isOptional(type: LiteralType | undefined): boolean {
  return type?.type.case === 'unionType' && type.type.value.variants.some((variant) => describeType(variant) === 'none')
}

function identity(id: TaskIdentifier | undefined, metadata: TaskMetadata | undefined): Omit<TaskView, 'latestRun'> {
  return {
    name: id?.name ?? '',
    version: id?.version ?? '',
    project: id?.project ?? '',
    domain: id?.domain ?? '',
    shortName: textOrNull(metadata?.shortName),
    environment: textOrNull(metadata?.environmentName),
    description: textOrNull(metadata?.shortDescription),
    deployedAt: isoTime(metadata?.deployedAt),
    deployedBy: identityName(metadata?.deployedBy),
  }
}
