import { expect, test } from 'vitest'
import { thinMappings } from './mappings.ts'

test('mappings of sources that matter stay as they are', () => {
  const mappings = 'AAAA,SAAS,GCAT;AACA;;ACDA,CAAC'
  expect(thinMappings(mappings, () => true)).toBe(mappings)
})

test('of other sources only the beginning of each stretch stays', () => {
  expect(thinMappings('AAAA,SAAS,GCAT,CAAC,CAAC;AACA,EAAE', (source) => source === 0)).toBe('AAAA,SAAS,GCAT;AACE')
})

test('names are left out', () => {
  expect(thinMappings('AAAAA,CAACA', () => true)).toBe('AAAA,CAAC')
})
