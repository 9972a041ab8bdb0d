import { InvalidArgumentError } from '@tern/core'
import { every, parseCron, type Schedule } from '@tern/core/schedule'
import { definitionOf, type Task } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { RetriesOption, TimeoutOption } from '../authoring/task-options.ts'
import { minutesOf, type Trigger, triggerTime } from '../authoring/trigger.ts'
import { chain } from './chain.ts'
import { type GraphOptions, graph } from './graph-builder.ts'
import type { AnyNode } from './reference-types.ts'
import type { Workflow } from './workflow.ts'

/** Which times of a schedule are made up for, and how. */
export interface BackfillOptions extends GraphOptions {
  /** The first time that counts. */
  readonly from: Date
  /** The end: times before it count. */
  readonly to: Date
  /** Which trigger of the task; needed when it has several with a schedule. */
  readonly trigger?: string | undefined
  /** Instead of a trigger: when the task was to run, and what it was to get. */
  readonly schedule?: BackfillSchedule | undefined
  /** Run all times at once, rather than one after the other. Defaults to false. */
  readonly parallel?: boolean | undefined
  /** Of each node. */
  readonly retriesPerNode?: RetriesOption | undefined
  /** Of each node. */
  readonly timeoutPerNode?: TimeoutOption | undefined
}

/** When something is due, in the words of triggers. */
export type BackfillSchedule = Pick<Trigger, 'schedule' | 'timezone' | 'every' | 'startAt' | 'inputs'>

/** A workflow that does what a schedule would have done. */
export interface Backfill {
  readonly workflow: Workflow<{}, void>
  /** The times of its first and its last node. */
  readonly first: Date
  readonly last: Date
}

const mostNodes = 10_000

/**
 * Makes a workflow that calls a task, or launches a launch plan, once for each time of its schedule from `from` until just before
 * `to`.
 *
 * @throws InvalidArgumentError when there is no schedule, no time in the window, or too many
 */
// biome-ignore lint/suspicious/noExplicitAny: any task with a schedule
export function backfill(task: Task<any, any>, options: BackfillOptions): Backfill {
  const definition = definitionOf(task)
  const { from, to, trigger, schedule, parallel = false, retriesPerNode, timeoutPerNode, ...ofGraph } = options
  const due = schedule ?? planSchedule(definition, trigger) ?? triggerOf(definition, trigger)
  const times = timesOf(definition.name, due, from, to)
  const builder = graph(ofGraph)
  const nodes = times.map((at) => {
    const inputs = Object.entries({ ...due.inputs }).map(([name, value]) => [name, value === triggerTime ? at : value])
    const nodeOptions = { nodeName: nodeNameOf(at), retries: retriesPerNode, timeout: timeoutPerNode }
    return builder.add(task, Object.fromEntries(inputs), nodeOptions) as AnyNode
  })
  if (!parallel) builder.within(() => chain(...nodes))
  const workflow = builder.build() as Workflow<{}, void>
  return { workflow, first: times[0] as Date, last: times.at(-1) as Date }
}

function nodeNameOf(at: Date): string {
  return `b-${at.toISOString().toLowerCase().replace('.000z', 'z').replaceAll(':', '-')}`
}

/** The schedule of a launch plan; its saved inputs are in its nodes anyway. */
function planSchedule({ name, launchPlan }: TaskDefinition, trigger: string | undefined): BackfillSchedule | undefined {
  if (launchPlan === undefined) return undefined
  if (trigger !== undefined) throw invalid('trigger', `launch plan ${name} has a schedule, and no triggers`)
  const { schedule } = launchPlan.declared ?? {}
  if (schedule === undefined) throw invalid('schedule', `launch plan ${name} has no schedule here: give one`)
  const { cron, tz, everyMinutes, startAt, kickoffInput } = schedule
  const inputs = kickoffInput === undefined ? {} : { [kickoffInput]: triggerTime }
  if (cron !== undefined) return { schedule: cron, timezone: tz, inputs }
  return { every: { minutes: everyMinutes ?? 0 }, startAt, inputs }
}

function triggerOf({ name, triggers = [] }: TaskDefinition, wanted: string | undefined): BackfillSchedule {
  const scheduled = triggers.filter(({ onArtifact }) => onArtifact === undefined)
  const found = scheduled.filter((trigger) => wanted === undefined || trigger.name === wanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const names = scheduled.map((trigger) => trigger.name).join(', ')
  if (scheduled.length === 0) throw invalid('trigger', `task ${name} has no trigger with a schedule`)
  throw wanted === undefined
    ? invalid('trigger', `task ${name} has several triggers: name one of ${names}`)
    : invalid('trigger', `task ${name} has no trigger ${wanted} with a schedule: it has ${names}`)
}

function timesOf(name: string, due: BackfillSchedule, from: Date, to: Date): Date[] {
  const [start, end] = [from.getTime(), to.getTime()]
  if (Number.isNaN(start) || Number.isNaN(end)) throw invalid('from', 'from and to must be dates')
  if (start >= end) throw invalid('to', `to (${to.toISOString()}) must be after from (${from.toISOString()})`)
  const schedule = toSchedule(due, start)
  const times: Date[] = []
  let at = schedule.next(start - 1)
  for (; at !== undefined && at < end && times.length <= mostNodes; at = schedule.next(at)) times.push(new Date(at))
  if (times.length > mostNodes) throw invalid('to', `there are more than ${mostNodes} times to fill: choose less`)
  if (times.length > 0) return times
  const next = at === undefined ? 'it never does' : `the first time after from is ${new Date(at).toISOString()}`
  throw invalid('to', `task ${name} was not due between ${from.toISOString()} and ${to.toISOString()}: ${next}`)
}

function toSchedule({ schedule, timezone = '', every: interval, startAt }: BackfillSchedule, from: number): Schedule {
  if (schedule !== undefined) return parseCron(schedule, timezone, from, 'schedule')
  if (interval === undefined) throw invalid('schedule', 'the schedule has neither a cron expression nor an interval')
  return every(minutesOf(interval, 'backfill') * 60_000, startAt?.getTime() ?? from, 0)
}

function invalid(field: string, message: string): InvalidArgumentError {
  return new InvalidArgumentError(`backfill: ${message}`, { field })
}
