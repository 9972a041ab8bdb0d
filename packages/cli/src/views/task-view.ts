import type { JsonValue } from '@bufbuild/protobuf'
import { describeType, fromProtoDuration, literalToJson, type PhaseName, phaseName } from '@tern/core'
import type { LiteralType, VariableMap } from '@tern/idl/core'
import type { NamedParameter, Task, TaskDetails, TaskIdentifier, TaskMetadata } from '@tern/idl/task'
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
  readonly latestRun: { readonly name: string; readonly phase: PhaseName; readonly at: string | null } | null
}

export interface TaskDetailsView extends Omit<TaskView, 'latestRun'> {
  readonly type: string
  readonly inputs: readonly VariableView[]
  readonly outputs: readonly Pick<VariableView, 'name' | 'type' | 'description'>[]
  readonly retries: number
  /** The longest that an attempt may run; null for no limit. */
  readonly timeoutMs: number | null
  readonly cached: boolean
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
  const latest = taskSummary?.latestRun
  return {
    ...identity(taskId, metadata),
    latestRun:
      latest?.runId === undefined
        ? null
        : { name: latest.runId.name, phase: phaseName(latest.phase), at: isoTime(latest.runTime) },
  }
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
  }
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
