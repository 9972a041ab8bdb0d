import type { MessageInitShape } from '@bufbuild/protobuf'
import { Filter_Function, type FilterSchema } from '@tern/idl/common'
import { RunSource } from '@tern/idl/workflow'
import { phaseOfName } from '../../model/phases.ts'
import { formatAbsolute } from '../../model/times.ts'

/** Which runs are shown, as the URL has it. What is left out does not matter. */
export interface RunFilters {
  /** Part of the run's name. */
  readonly q?: string
  /** Names of phases, with commas between them. */
  readonly phase?: string
  /** Part of the task's name. */
  readonly task?: string
  /** Of the task. */
  readonly version?: string
  /** How long ago a run may have started at most, such as `15m`, `24h`, `7d`. */
  readonly since?: string
  /** Not started before, and not after: times as ISO texts in UTC. */
  readonly from?: string
  readonly to?: string
  /** `key=value`, or `key` for any value; several with commas between them, of which a run has all. */
  readonly label?: string
  /** Who started it: the subject, as the server knows it. */
  readonly by?: string
  /** How it was started, by the names of `sources`. */
  readonly source?: string
  /** The name of a trigger. */
  readonly trigger?: string
  /** The name of a launch plan. */
  readonly plan?: string
}

/** A filter that is set, and taken away, as one. */
export interface SetFilter {
  readonly label: string
  readonly text: string
  readonly names: ReadonlyArray<keyof RunFilters>
}

export interface SourceInfo {
  readonly name: string
  readonly label: string
  readonly source: RunSource
}

export const sources: ReadonlyArray<SourceInfo> = [
  { name: 'web', label: 'Console', source: RunSource.WEB },
  { name: 'cli', label: 'Command line', source: RunSource.CLI },
  { name: 'schedule', label: 'Schedule', source: RunSource.SCHEDULE_TRIGGER },
  { name: 'artifact', label: 'Artifact', source: RunSource.ARTIFACT_TRIGGER },
  { name: 'tracked', label: 'Tracked from elsewhere', source: RunSource.TRACKED },
]

/** Lengths of time that are offered. */
export const ages: ReadonlyArray<{ readonly name: string; readonly label: string }> = [
  { name: '15m', label: 'Last 15 minutes' },
  { name: '1h', label: 'Last hour' },
  { name: '24h', label: 'Last 24 hours' },
  { name: '7d', label: 'Last 7 days' },
  { name: '30d', label: 'Last 30 days' },
]

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `15m`, `24h`, `7d`; undefined for what is no such text. */
export function ageMs(text: string | undefined): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text ?? '') ?? []
  return amount === undefined ? undefined : Number(amount) * (units[unit] ?? 0)
}

export function listOf(text: string | undefined): ReadonlyArray<string> {
  return (text ?? '').split(',').flatMap((each) => each.trim() || [])
}

/** Undefined for an empty one, which the URL leaves out. */
export function toText(list: ReadonlyArray<string>): string | undefined {
  return list.length === 0 ? undefined : list.join(',')
}

type Filter = MessageInitShape<typeof FilterSchema>

/** @param now UTC epoch milliseconds, which `since` counts from */
export function toFilters(filters: RunFilters, now: number): ReadonlyArray<Filter> {
  const { q, phase, task, version, from, to, label, by, source, trigger, plan } = filters
  const age = ageMs(filters.since)
  const phases = listOf(phase).flatMap((name) => phaseOfName(name)?.phase ?? [])
  const wanted = listOf(source).flatMap((name) => sources.find((each) => each.name === name)?.source ?? [])
  return [
    ...one('name', Filter_Function.CONTAINS_CASE_INSENSITIVE, q),
    ...any('phase', phases),
    ...one('task_name', Filter_Function.CONTAINS_CASE_INSENSITIVE, task),
    ...one('task_version', Filter_Function.EQUAL, version),
    ...one('created_at', Filter_Function.GREATER_THAN_OR_EQUAL, age === undefined ? undefined : String(now - age)),
    ...one('created_at', Filter_Function.GREATER_THAN_OR_EQUAL, timeOf(from)),
    ...one('created_at', Filter_Function.LESS_THAN_OR_EQUAL, timeOf(to)),
    ...listOf(label).map(labelFilter),
    ...one('created_by', Filter_Function.EQUAL, by),
    ...any('run_source', wanted),
    ...one('trigger_name', Filter_Function.EQUAL, trigger),
    ...one('launch_plan_name', Filter_Function.EQUAL, plan),
  ]
}

function one(field: string, comparison: Filter_Function, value: string | undefined): Filter[] {
  return value === undefined || value === '' ? [] : [{ field, function: comparison, values: [value] }]
}

function any(field: string, values: ReadonlyArray<number>): Filter[] {
  return values.length === 0 ? [] : [{ field, function: Filter_Function.VALUE_IN, values: values.map(String) }]
}

function labelFilter(label: string): Filter {
  const [key = '', ...rest] = label.split('=')
  const field = `labels.${key.trim()}`
  if (rest.length === 0) return { field, function: Filter_Function.EXISTS }
  return { field, function: Filter_Function.EQUAL, values: [rest.join('=').trim()] }
}

function timeOf(text: string | undefined): string | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : String(time)
}

/** What is set, in words. */
export function setFilters(filters: RunFilters): ReadonlyArray<SetFilter> {
  const { q, phase, task, version, label, by, source, trigger, plan } = filters
  const phases = listOf(phase).map((name) => phaseOfName(name)?.label ?? name)
  const origins = listOf(source).map((name) => sources.find((each) => each.name === name)?.label ?? name)
  const all: ReadonlyArray<SetFilter> = [
    { label: 'Name', text: q ?? '', names: ['q'] },
    { label: 'Phase', text: phases.join(', '), names: ['phase'] },
    { label: 'Task', text: task ?? '', names: ['task'] },
    { label: 'Version', text: version ?? '', names: ['version'] },
    { label: 'Time', text: timeText(filters), names: ['since', 'from', 'to'] },
    { label: 'Label', text: listOf(label).join(', '), names: ['label'] },
    { label: 'Started by', text: [by ?? '', ...origins].filter(Boolean).join(', '), names: ['by', 'source'] },
    { label: 'Trigger', text: trigger ?? '', names: ['trigger'] },
    { label: 'Launch plan', text: plan ?? '', names: ['plan'] },
  ]
  return all.filter(({ text }) => text !== '')
}

function timeText({ since, from, to }: RunFilters): string {
  const age = ageMs(since) === undefined ? undefined : ages.find(({ name }) => name === since)
  const parts = [
    since === undefined ? '' : (age?.label.toLowerCase() ?? `last ${since}`),
    from === undefined ? '' : `from ${momentText(from)}`,
    to === undefined ? '' : `to ${momentText(to)}`,
  ]
  return parts.filter(Boolean).join(' ')
}

function momentText(text: string): string {
  const time = Date.parse(text)
  return Number.isNaN(time) ? text : formatAbsolute(time)
}

/** The filters without some of them. */
export function without(filters: RunFilters, names: ReadonlyArray<keyof RunFilters>): RunFilters {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !names.includes(name as keyof RunFilters)))
}

/** The filters without all others. */
export function only(filters: RunFilters, names: ReadonlyArray<keyof RunFilters>): RunFilters {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => names.includes(name as keyof RunFilters)))
}
