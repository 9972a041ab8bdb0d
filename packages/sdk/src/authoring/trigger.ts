import { type DurationInput, durationMs, nameLimits } from '@tern/core'
import type { Schemas } from '../types/standard-schema.ts'
import { checkBoolean, checkKeys, checkText, checkTexts, invalid, isRecord } from './check-values.ts'
import type { CallInputs } from './inference.ts'
import { type Notification, toRules } from './notify.ts'

// Symbols of the process, not of this module: a bundle and the program that loads it have a copy of the SDK each.

/** As an input of a trigger: the time that a run is scheduled for. */
export const triggerTime: unique symbol = Symbol.for('tern.trigger-time') as never
/** As an input of a trigger: the artifact whose new version starts the run. */
export const triggeredArtifact: unique symbol = Symbol.for('tern.triggered-artifact') as never

/** What a trigger gives its runs: the task's inputs, of which one may be what the trigger knows by itself. */
export type TriggerInputs<I extends Schemas> = {
  readonly [K in keyof CallInputs<I>]?: CallInputs<I>[K] | typeof triggerTime | typeof triggeredArtifact
}

/** Starts runs of a task by itself: by the clock, or when there is a new version of an artifact. It is deployed with the task. */
export type Trigger<I extends Schemas = Schemas> = TriggerSettings<I> & Automation

type Automation =
  | {
      /** Five fields of cron, or `@hourly`, `@daily`, `@weekly`, `@monthly`. */
      readonly schedule: string
      /** The time zone of the schedule, such as `Europe/Berlin`. Defaults to UTC. */
      readonly timezone?: string | undefined
      readonly every?: undefined
      readonly startAt?: undefined
      readonly onArtifact?: undefined
    }
  | {
      /** Whole minutes between two runs. */
      readonly every: DurationInput
      /** When the first one is. Defaults to one interval after the trigger is switched on. */
      readonly startAt?: Date | undefined
      readonly schedule?: undefined
      readonly timezone?: undefined
      readonly onArtifact?: undefined
    }
  | {
      /** The name of the artifact, or one version of it alone. */
      readonly onArtifact: string | { readonly name: string; readonly version?: string | undefined }
      readonly schedule?: undefined
      readonly timezone?: undefined
      readonly every?: undefined
      readonly startAt?: undefined
    }

interface TriggerSettings<I extends Schemas> {
  /** Unique among the triggers of the task. */
  readonly name: string
  /** At most 255 characters. */
  readonly description?: string | undefined
  /** Whether deploying it switches it on. Defaults to true. */
  readonly autoActivate?: boolean | undefined
  /** Those that the task has no default for are needed. */
  readonly inputs?: TriggerInputs<I> | undefined
  /** Environment variables of its runs. */
  readonly envVars?: Readonly<Record<string, string>> | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** What flows to all actions of its runs. Defaults to nothing. */
  readonly customContext?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly interruptible?: boolean | undefined
  /** Computes results anew, and keeps those. Defaults to false. */
  readonly overwriteCache?: boolean | undefined
  readonly queue?: string | undefined
  /** What is sent when one of its runs ends: see `notify`. Defaults to nothing. */
  readonly notify?: Notification | readonly Notification[] | undefined
  /** Actions of one of its runs at the same time, 2 or more; 0 means no limit, which is the default. */
  readonly maxActionConcurrency?: number | undefined
}

/** The triggers of any task, as a list. */
export type Triggers = readonly Trigger[]

const keys = new Set([
  'name',
  'description',
  'autoActivate',
  'inputs',
  'envVars',
  'labels',
  'customContext',
  'annotations',
  'interruptible',
  'overwriteCache',
  'queue',
  'notify',
  'maxActionConcurrency',
  'schedule',
  'timezone',
  'every',
  'startAt',
  'onArtifact',
])
const kinds = ['schedule', 'every', 'onArtifact'] as const
const minuteMs = 60_000

/** @throws InvalidArgumentError naming what is wrong */
export function checkTriggers(value: unknown, inputs: unknown): void {
  const names = new Set<unknown>()
  for (const trigger of toTriggerList(value)) {
    if (!isRecord(trigger)) throw invalid('triggers', 'triggers must be objects with a name')
    const { name } = trigger as Record<string, unknown>
    if (typeof name !== 'string' || name === '') throw invalid('triggers.name', 'a trigger must have a name')
    if (names.has(name)) throw invalid('triggers.name', `there are two triggers with the name ${JSON.stringify(name)}`)
    names.add(name)
    checkTrigger(trigger as Record<string, unknown>, `trigger ${name}`, isRecord(inputs) ? inputs : {})
  }
}

/** A trigger or several, as a list. */
export function toTriggerList(given: unknown): Triggers {
  return (given === undefined ? [] : Array.isArray(given) ? given : [given]) as Triggers
}

function checkTrigger(trigger: Record<string, unknown>, what: string, declared: Record<string, unknown>): void {
  checkKeys(trigger, keys, what)
  checkText(trigger['name'], `${what}: name`, nameLimits.trigger)
  checkText(trigger['description'], `${what}: description`, 255)
  checkText(trigger['queue'], `${what}: queue`)
  for (const key of ['autoActivate', 'interruptible', 'overwriteCache']) checkBoolean(trigger[key], `${what}: ${key}`)
  for (const key of ['envVars', 'labels', 'annotations', 'customContext']) checkTexts(trigger[key], `${what}: ${key}`)
  checkAutomation(trigger, what)
  checkConcurrency(trigger['maxActionConcurrency'] ?? 0, what)
  toRules(trigger['notify'] as Trigger['notify'])
  checkInputs(trigger, what, declared)
}

function checkAutomation(trigger: Record<string, unknown>, what: string): void {
  const given = kinds.filter((kind) => trigger[kind] !== undefined)
  if (given.length !== 1) throw invalid('triggers', `${what} must have one of ${kinds.join(', ')}`)
  const { schedule, timezone, every, startAt, onArtifact } = trigger
  checkText(schedule, `${what}: schedule`)
  checkText(timezone, `${what}: timezone`)
  if (timezone !== undefined && schedule === undefined) {
    throw invalid('triggers.timezone', `${what}: timezone is for a schedule`)
  }
  if (startAt !== undefined && (every === undefined || !(startAt instanceof Date))) {
    throw invalid('triggers.startAt', `${what}: startAt is a Date, and goes with every`)
  }
  if (every !== undefined) minutesOf(every as DurationInput, what)
  const artifact = isRecord(onArtifact) ? onArtifact['name'] : onArtifact
  if (onArtifact !== undefined && (typeof artifact !== 'string' || artifact === '')) {
    throw invalid('triggers.onArtifact', `${what}: onArtifact must be the name of an artifact`)
  }
}

/** @throws InvalidArgumentError when it is no number of whole minutes */
export function minutesOf(every: DurationInput, what: string): number {
  const ms = durationMs(every, `${what}: every`)
  if (ms >= minuteMs && ms % minuteMs === 0) return ms / minuteMs
  throw invalid('triggers.every', `${what}: every ${JSON.stringify(every)} must be a number of whole minutes`)
}

function checkConcurrency(value: unknown, what: string): void {
  if (Number.isInteger(value) && (value === 0 || (value as number) >= 2)) return
  throw invalid(
    'triggers.maxActionConcurrency',
    `${what}: maxActionConcurrency ${JSON.stringify(value)} must be 0 (no limit), or 2 or more`,
  )
}

function checkInputs(trigger: Record<string, unknown>, what: string, declared: Record<string, unknown>): void {
  const given = trigger['inputs'] ?? {}
  if (!isRecord(given)) throw invalid('triggers.inputs', `${what}: inputs must be an object`)
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(declared, name))
  if (unknown !== undefined) throw invalid('triggers.inputs', `${what}: the task has no input ${unknown}`)
  const isByArtifact = trigger['onArtifact'] !== undefined
  checkBound(given, isByArtifact ? triggerTime : triggeredArtifact, 0, what)
  checkBound(given, isByArtifact ? triggeredArtifact : triggerTime, 1, what)
}

function checkBound(given: Record<string, unknown>, value: symbol, most: number, what: string): void {
  const names = Object.keys(given).filter((name) => given[name] === value)
  if (names.length <= most) return
  const called = value === triggerTime ? 'triggerTime' : 'triggeredArtifact'
  const why = most === 0 ? 'this kind of trigger has none' : 'one input can have it'
  throw invalid('triggers.inputs', `${what}: ${names.join(', ')} cannot be ${called}: ${why}`)
}
