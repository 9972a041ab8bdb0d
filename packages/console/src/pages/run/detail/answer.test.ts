import { SimpleType } from '@tern/idl/core'
import { expect, test } from 'vitest'
import { parseAnswer } from './answer.ts'

test.each([
  ['12', SimpleType.INTEGER, { case: 'intValue', value: 12n }],
  [' -3 ', SimpleType.INTEGER, { case: 'intValue', value: -3n }],
  ['+9007199254740993', SimpleType.INTEGER, { case: 'intValue', value: 9007199254740993n }],
  ['1.5', SimpleType.FLOAT, { case: 'floatValue', value: 1.5 }],
  ['2e3', SimpleType.FLOAT, { case: 'floatValue', value: 2000 }],
  ['', SimpleType.STRING, { case: 'stringValue', value: '' }],
  ['12', SimpleType.STRING, { case: 'stringValue', value: '12' }],
])('%j as type %i is an answer', (text, type, value) => {
  expect(parseAnswer(text, type)?.value).toEqual(value)
})

test.each([
  ['1.5', SimpleType.INTEGER],
  ['three', SimpleType.INTEGER],
  ['', SimpleType.INTEGER],
  ['', SimpleType.FLOAT],
  ['Infinity', SimpleType.FLOAT],
])('%j is no answer of type %i', (text, type) => {
  expect(parseAnswer(text, type)).toBeUndefined()
})
