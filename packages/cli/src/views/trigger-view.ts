import type { JsonObject } from '@bufbuild/protobuf'
import { type Trigger, type TriggerDetails, type TriggerRevision, TriggerRevisionAction } from '@tern/idl/trigger'
import { catchUpAnnotation, overlapAnnotation } from '../triggers/policies.ts'
import { nextFirings, type ScheduleView, toScheduleView } from '../triggers/schedule-view.ts'
import { toValues } from './io-view.ts'
import { identityName, isoTime, textOrNull } from './wire-values.ts'

/** A trigger as `-o json` shows it. */
export interface TriggerView {
  readonly name: string
  /** Full name of its task. */
  readonly task: string
  readonly project: string
  readonly domain: string
  readonly active: boolean
  readonly schedule: ScheduleView
  /** The next time it fires; null when it is off. */
  readonly nextAt: string | null
  /** The instant that it fired for last. */
  readonly lastFiredAt: string | null
  readonly revision: number
  readonly deployedAt: string | null
  readonly deployedBy: string | null
  readonly updatedAt: string | null
  readonly updatedBy: string | null
}

export interface TriggerDetailsView extends TriggerView {
  readonly description: string | null
  /** The version of the task that it starts. */
  readonly taskVersion: string
  /** The next times it fires. */
  readonly nextFirings: readonly string[]
  /** What to do when the run before is still going on: `allow`, `skip`, `cancel`; null where it is not said. */
  readonly overlap: string | null
  /** Which firings that were missed are made up for: `all`, `latest`, `none`, a number; null where it is not said. */
  readonly catchUp: string | null
  /** Null when they are stored elsewhere. */
  readonly inputs: JsonObject | null
  readonly inputsUri: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly queue: string | null
  readonly maxActionConcurrency: number | null
}

/** One change of a trigger. */
export interface TriggerRevisionView {
  readonly revision: number
  readonly action: 'DEPLOY' | 'ACTIVATE' | 'DEACTIVATE' | 'DELETE' | 'UNSPECIFIED'
  readonly at: string | null
  readonly by: string | null
}

const shownFirings = 5

export function toTriggerView(trigger: Trigger, now: number): TriggerView {
  return view(trigger, trigger.active, nextFirings(trigger, 1, now))
}

export function toTriggerDetailsView(trigger: TriggerDetails, now: number): TriggerDetailsView {
  const { spec, status, automationSpec, description = '' } = trigger
  const active = spec?.active ?? false
  const firings = nextFirings({ active, automationSpec, status }, shownFirings, now)
  const annotations = { ...spec?.runSpec?.annotations?.values }
  const input = spec?.inputWrapper
  return {
    ...view(trigger, active, firings),
    description: textOrNull(description) ?? textOrNull(spec?.description),
    taskVersion: spec?.taskVersion ?? '',
    nextFirings: firings,
    overlap: annotations[overlapAnnotation] ?? null,
    catchUp: annotations[catchUpAnnotation] ?? null,
    inputs: input?.case === 'offloadedInputData' ? null : toValues(input?.value?.literals ?? []),
    inputsUri: input?.case === 'offloadedInputData' ? input.value.uri : null,
    labels: { ...spec?.runSpec?.labels?.values },
    annotations,
    env: Object.fromEntries((spec?.runSpec?.envs?.values ?? []).map(({ key, value }) => [key, value])),
    queue: textOrNull(spec?.runSpec?.queue),
    maxActionConcurrency: spec?.runSpec?.maxActionConcurrency || null,
  }
}

export function toTriggerRevisionView({
  id,
  metadata,
  status,
  action,
  createdAt,
}: TriggerRevision): TriggerRevisionView {
  const name = Object.entries(TriggerRevisionAction).find(([, value]) => value === action)?.[0]
  return {
    revision: Number(id?.revision ?? 0n),
    action: (name as TriggerRevisionView['action'] | undefined) ?? 'UNSPECIFIED',
    at: isoTime(createdAt ?? status?.updatedAt),
    by: identityName(metadata?.updatedBy) ?? identityName(metadata?.deployedBy),
  }
}

type Common = Pick<Trigger, 'id' | 'metadata' | 'status' | 'automationSpec'>

function view(
  { id, metadata, status, automationSpec }: Common,
  active: boolean,
  firings: readonly string[],
): TriggerView {
  return {
    name: id?.name?.name ?? '',
    task: id?.name?.taskName ?? '',
    project: id?.name?.project ?? '',
    domain: id?.name?.domain ?? '',
    active,
    schedule: toScheduleView(automationSpec),
    nextAt: firings[0] ?? null,
    lastFiredAt: isoTime(status?.triggeredAt),
    revision: Number(id?.revision ?? 0n),
    deployedAt: isoTime(status?.deployedAt),
    deployedBy: identityName(metadata?.deployedBy),
    updatedAt: isoTime(status?.updatedAt),
    updatedBy: identityName(metadata?.updatedBy),
  }
}
