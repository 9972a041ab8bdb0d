import type { JsonObject } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { fieldsOf, fillForm, problemOf } from './form-fields.ts'

const form: JsonObject = {
  type: 'object',
  properties: {
    label: { type: 'string', description: 'What it is called' },
    count: { type: 'integer', default: 3, 'x-literal': 'AAA=' },
    ratio: { format: 'union', oneOf: [{ type: 'number' }, { type: 'null' }], default: 0.5, 'x-variant': 0 },
    colour: { type: 'string', enum: ['red', 'green'] },
    tags: { type: 'array', items: { type: 'string' }, default: ['a'] },
    data: {
      type: 'object',
      format: 'blob',
      properties: { uri: { type: 'string', default: '' }, format: { type: 'string' } },
    },
    either: { format: 'union', oneOf: [{ type: 'string' }, { type: 'integer' }] },
  },
  required: ['label', 'data'],
}

const typed = { label: 'a', data: 's3://bucket/a' }

function filled(values: Readonly<Record<string, string>>): JsonObject {
  const result = fillForm(form, { ...typed, ...values })
  if (!('form' in result)) throw new Error(JSON.stringify(result.problems))
  return result.form['properties'] as JsonObject
}

test('each input has a field of its kind, filled with its default', () => {
  expect(fieldsOf(form).map(({ name, kind, initial, isRequired }) => [name, kind, initial, isRequired])).toEqual([
    ['label', 'text', '', true],
    ['count', 'integer', '3', false],
    ['ratio', 'number', '0.5', false],
    ['colour', 'choice', '', false],
    ['tags', 'json', '["a"]', false],
    ['data', 'address', '', true],
    ['either', 'json', '', false],
  ])
})

test('what was not changed is given back as it came', () => {
  const properties = filled({ count: '3' })
  const { properties: before } = form as { properties: JsonObject }
  for (const name of ['count', 'ratio', 'colour', 'tags', 'either']) expect(properties[name]).toEqual(before[name])
})

test('what was changed is of its type', () => {
  const properties = filled({ count: '9007199254740993', ratio: '-2', tags: '["b"]', colour: 'red', either: '"1"' })
  expect(properties).toMatchObject({
    label: { default: 'a' },
    count: { default: '9007199254740993' },
    ratio: { default: -2 },
    tags: { default: ['b'] },
    colour: { default: 'red' },
    data: { properties: { uri: { default: 's3://bucket/a' } } },
    either: { default: '1' },
  })
  expect(properties['ratio']).not.toHaveProperty('x-variant')
  expect(filled({ count: '12' })['count']).toMatchObject({ default: 12 })
})

test('what is emptied is left out, but for a text that is empty', () => {
  expect(filled({ count: '' })['count']).not.toHaveProperty('default')
  expect(filled({ label: '' })['label']).toMatchObject({ default: '' })
})

test('what is wrong is said of each field', () => {
  expect(fillForm(form, {})).toEqual({ problems: { label: 'It needs a value.', data: 'It needs a value.' } })
  const result = fillForm(form, { ...typed, count: '1.5', ratio: 'half', tags: '[' })
  expect(result).toMatchObject({
    problems: {
      count: 'It takes a whole number.',
      ratio: 'It takes a number.',
      tags: expect.stringContaining('It takes JSON.'),
    },
  })
})

test('a refusal is that of the field that it names', () => {
  const names = ['x', 'xy']
  expect(problemOf('json.properties.xy.default: expected integer', names)).toEqual(['xy', 'expected integer'])
  expect(problemOf('json.properties.x.default.lines[2]: expected text', names)).toEqual([
    'x',
    '.lines[2]: expected text',
  ])
  expect(problemOf('the server is away', names)).toBeUndefined()
})
