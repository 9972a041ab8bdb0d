import { InvalidArgumentError } from 'commander'

const phases = [
  'QUEUED',
  'WAITING_FOR_RESOURCES',
  'INITIALIZING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'ABORTED',
  'TIMED_OUT',
  'PAUSED',
  'RECOVERED',
] as const

/** A filter as the list calls take it. */
export interface ListFilter {
  readonly field: string
  readonly function: 'EQUAL' | 'VALUE_IN' | 'EXISTS' | 'GREATER_THAN_OR_EQUAL' | 'LESS_THAN'
  readonly values: readonly string[]
}

/** Reads names of phases, in any case, with commas between them; adds to those before. */
export function parsePhases(text: string, previous: unknown): readonly string[] {
  const names = text.split(',').map((name) => name.trim().toUpperCase().replaceAll('-', '_'))
  const unknown = names.find((name) => !(phases as readonly string[]).includes(name))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There is no phase ${unknown}: they are ${phases.join(', ')}.`)
  }
  return [...((previous as readonly string[] | undefined) ?? []), ...names]
}

/** Which phases to list. On the wire they are numbers. */
export function phaseFilter(names: readonly string[] | undefined): readonly ListFilter[] {
  if (names === undefined || names.length === 0) return []
  const numbers = names.map((name) => String((phases as readonly string[]).indexOf(name) + 1))
  return [{ field: 'phase', function: 'VALUE_IN', values: numbers }]
}

/** Which labels runs must have. */
export function labelFilters(labels: Readonly<Record<string, string>> | undefined): readonly ListFilter[] {
  return Object.entries(labels ?? {}).map(([key, value]) => ({
    field: `labels.${key}`,
    function: 'EQUAL',
    values: [value],
  }))
}
