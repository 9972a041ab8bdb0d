import { type PhaseName, phaseOfName } from '@tern/core'
import type { ListOptions } from './connection.ts'

/** Which runs to list, and in which order. */
export interface RunListOptions {
  /** Those in one of these phases. */
  readonly phase?: PhaseName | readonly PhaseName[] | undefined
  /** Those of a task, by its full name. */
  readonly task?: string | undefined
  /** Those of a version. */
  readonly version?: string | undefined
  /** Those that a trigger of this name has started. */
  readonly trigger?: string | undefined
  /** Those that have all of these labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Those of a person or program, by its subject. */
  readonly createdBy?: string | undefined
  readonly createdAfter?: Date | undefined
  readonly createdBefore?: Date | undefined
  readonly updatedAfter?: Date | undefined
  readonly updatedBefore?: Date | undefined
  /** Defaults to `createdAt`. */
  readonly sortBy?: RunSortKey | undefined
  /** Defaults to false: the newest, the longest, the last first. */
  readonly ascending?: boolean | undefined
  /** At most so many in all. Defaults to no limit. */
  readonly limit?: number | undefined
}

/** What a list of runs can be ordered by. */
export type RunSortKey = keyof typeof sortFields

const sortFields = {
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  endedAt: 'ended_at',
  duration: 'duration_ms',
  name: 'name',
  task: 'task_name',
  phase: 'phase',
} as const

type Filters = NonNullable<ListOptions['filters']>[number][]

/** The options as lists take them. */
export function runFilters(options: RunListOptions): ListOptions {
  const { phase, labels = {}, sortBy = 'createdAt', ascending = false, limit } = options
  const filters: Filters = [
    ...equal('task_name', options.task),
    ...equal('task_version', options.version),
    ...equal('trigger_name', options.trigger),
    ...equal('created_by_subject', options.createdBy),
    ...Object.entries(labels).flatMap(([key, value]) => equal(`labels.${key}`, value)),
    ...between('created_at', options.createdAfter, options.createdBefore),
    ...between('updated_at', options.updatedAfter, options.updatedBefore),
  ]
  if (phase !== undefined) {
    const names = typeof phase === 'string' ? [phase] : phase
    filters.push({ field: 'phase', function: 'VALUE_IN', values: names.map((name) => String(phaseOfName(name))) })
  }
  return { filters, limit, sortBy: { key: sortFields[sortBy], ascending } }
}

function equal(field: string, value: string | undefined): Filters {
  return value === undefined ? [] : [{ field, function: 'EQUAL', values: [value] }]
}

function between(field: string, after: Date | undefined, before: Date | undefined): Filters {
  return [
    ...(after === undefined ? [] : [{ field, function: 'GREATER_THAN' as const, values: [after.toISOString()] }]),
    ...(before === undefined ? [] : [{ field, function: 'LESS_THAN' as const, values: [before.toISOString()] }]),
  ]
}
