import { phaseOfName } from '@tern/core'
import { InvalidArgumentError } from 'commander'
import { expect, test } from 'vitest'
import { labelFilters, parsePhases, phaseFilter } from './filters.ts'

test('phases are named in any case, with commas or one flag each', () => {
  const first = parsePhases('failed,timed-out', undefined)
  expect(parsePhases('Aborted', first)).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED'])
})

test('an unknown phase is refused with the known ones', () => {
  expect(() => parsePhases('broken', undefined)).toThrow(InvalidArgumentError)
  expect(() => parsePhases('broken', undefined)).toThrow(/no phase BROKEN: they are QUEUED, /)
})

test('phases are filtered by their numbers on the wire', () => {
  const names = ['QUEUED', 'RECOVERED']
  expect(phaseFilter(names)).toEqual([
    { field: 'phase', function: 'VALUE_IN', values: names.map((name) => String(phaseOfName(name))) },
  ])
  expect(phaseFilter(undefined)).toEqual([])
})

test('labels are filtered one by one', () => {
  expect(labelFilters({ team: 'data', tier: '1' }).map(({ field, values }) => [field, values])).toEqual([
    ['labels.team', ['data']],
    ['labels.tier', ['1']],
  ])
})
