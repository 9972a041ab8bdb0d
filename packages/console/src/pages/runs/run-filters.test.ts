import { Filter_Function } from '@tern/idl/common'
import { expect, test } from 'vitest'
import { ageMs, only, type RunFilters, setFilters, toFilters, without } from './run-filters.ts'

const now = Date.UTC(2026, 0, 31, 12)

const asked = (filters: RunFilters) =>
  toFilters(filters, now).map(({ field, function: comparison, values }) => [
    field,
    Object.entries(Filter_Function).find(([, each]) => each === comparison)?.[0],
    ...(values ?? []),
  ])

test('each filter is one of the request, and all of them count', () => {
  expect(
    asked({
      q: 'r1',
      phase: 'failed,timed_out',
      task: 'etl',
      version: 'v1',
      by: 'ada',
      trigger: 'nightly',
      plan: 'daily',
    }),
  ).toEqual([
    ['name', 'CONTAINS_CASE_INSENSITIVE', 'r1'],
    ['phase', 'VALUE_IN', '6', '8'],
    ['task_name', 'CONTAINS_CASE_INSENSITIVE', 'etl'],
    ['task_version', 'EQUAL', 'v1'],
    ['created_by', 'EQUAL', 'ada'],
    ['trigger_name', 'EQUAL', 'nightly'],
    ['launch_plan_name', 'EQUAL', 'daily'],
  ])
  expect(asked({ source: 'web,schedule' })).toEqual([['run_source', 'VALUE_IN', '1', '3']])
})

test('times are counted back from now, or given', () => {
  expect(asked({ since: '24h' })).toEqual([['created_at', 'GREATER_THAN_OR_EQUAL', String(now - 86_400_000)]])
  expect(asked({ from: '2026-01-30T00:00:00Z', to: '2026-01-31T00:00:00Z' })).toEqual([
    ['created_at', 'GREATER_THAN_OR_EQUAL', String(Date.UTC(2026, 0, 30))],
    ['created_at', 'LESS_THAN_OR_EQUAL', String(Date.UTC(2026, 0, 31))],
  ])
  expect([ageMs('15m'), ageMs('7d'), ageMs('soon'), ageMs(undefined)]).toEqual([
    900_000,
    604_800_000,
    undefined,
    undefined,
  ])
})

test('labels are of a value, or of any', () => {
  expect(asked({ label: 'team=growth, url=a=b,gpu' })).toEqual([
    ['labels.team', 'EQUAL', 'growth'],
    ['labels.url', 'EQUAL', 'a=b'],
    ['labels.gpu', 'EXISTS'],
  ])
})

test('what no server would understand is left out', () => {
  expect(asked({ phase: 'asleep', since: 'yesterday', from: 'noon', source: 'nowhere', q: '' })).toEqual([])
})

test('what is set is told in words, and taken away as one', () => {
  const filters: RunFilters = { phase: 'failed,running', since: '24h', by: 'ada', source: 'cli' }
  expect(setFilters(filters).map(({ label, text }) => `${label}: ${text}`)).toEqual([
    'Phase: Failed, Running',
    'Time: last 24 hours',
    'Started by: ada, Command line',
  ])
  expect(without(filters, ['by', 'source'])).toEqual({ phase: 'failed,running', since: '24h' })
  expect(only(filters, ['by', 'source'])).toEqual({ by: 'ada', source: 'cli' })
})
