import { expect, test } from 'vitest'
import { UsageError } from '../usage-error.ts'
import { parseTaskReference } from './task-reference.ts'

test.each([
  ['hello.main', undefined, { name: 'hello.main' }],
  ['hello.main:v1', undefined, { name: 'hello.main', version: 'v1' }],
  ['hello.main', 'v1', { name: 'hello.main', version: 'v1' }],
  ['hello.main:a:b', undefined, { name: 'hello.main', version: 'a:b' }],
])('%s %s', (text, version, reference) => {
  expect(parseTaskReference(text, version)).toEqual(reference)
})

test.each([
  ['main', undefined],
  ['hello.', undefined],
  ['.main', undefined],
  ['hello.main:', undefined],
  ['hello.main:v1', 'v2'],
])('%s %s is refused', (text, version) => {
  expect(() => parseTaskReference(text, version)).toThrow(UsageError)
})
