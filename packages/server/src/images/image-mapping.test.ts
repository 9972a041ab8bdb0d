import { expect, test } from 'vitest'
import { mappingOf } from './image-mapping.ts'

test.each([
  ['registry/team/model:v1', 'registry/team/model:v1', true],
  ['registry/team/model:v1', 'registry/team/model:v2', false],
  ['registry/team/model:v1', 'registry/team/model', false],
  ['registry/team/model:v1', 'registry/team/model:*', true],
  ['registry/team/model:v1', '*/model:*', true],
  ['registry/team/model:v1', '*', true],
  ['', '*', true],
  ['', 'x*', false],
  ['aba', 'ab*ba', false],
  ['abba', 'ab*ba', true],
  ['a.b', 'a?b', false],
  ['xaybz', '*a*b*', true],
  ['xbyaz', '*a*b*', false],
])('whether %j fits %j: %j', (image, pattern, fits) => {
  expect(mappingOf(image, [{ image: pattern, python: 'p' }]) !== undefined).toBe(fits)
})

test('the first that fits is taken', () => {
  const mappings = [
    { image: 'other', python: 'a' },
    { image: 'team/*', python: 'b' },
    { image: '*', python: 'c' },
  ]
  expect(mappingOf('team/model:v1', mappings)?.python).toBe('b')
  expect(mappingOf('model', mappings)?.python).toBe('c')
})
