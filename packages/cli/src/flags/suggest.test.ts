import { expect, test } from 'vitest'
import { suggest } from './suggest.ts'

test.each([
  ['mian', 'main'],
  ['Predict', 'predict'],
  ['predikt', 'predict'],
  ['something-else', undefined],
  ['x', undefined],
  ['', undefined],
])('%s → %s', (text, suggestion) => {
  expect(suggest(text, ['main', 'predict'])).toBe(suggestion)
})
