import type { JsonObject } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { type Draft, pathsOf, toDraft } from './draft.ts'
import { type Drafts, fillForm } from './fill-form.ts'
import { type FormField, fieldsOf, problemOf } from './form-fields.ts'

const nothing = { type: 'null' }
const line = {
  type: 'object',
  properties: { item: { type: 'string' }, count: { type: 'integer', default: 1 } },
  required: ['item', 'count'],
}
const form: JsonObject = {
  type: 'object',
  required: ['label', 'data', 'order'],
  properties: {
    label: { type: 'string', default: 'a' },
    count: { type: 'integer', default: 3, 'x-literal': 'AAAA' },
    colour: { oneOf: [{ type: 'string', enum: ['red', 'blue'] }, nothing], default: { type: 'null' } },
    tags: { type: 'array', items: { type: 'string' }, default: ['a'] },
    scores: { type: 'object', additionalProperties: { type: 'number' } },
    data: {
      type: 'object',
      format: 'blob',
      properties: {
        uri: { type: 'string', default: '' },
        format: { type: 'string', default: 'csv' },
        dimensionality: { type: 'string', enum: ['SINGLE', 'MULTIPART'], default: 'SINGLE' },
      },
    },
    either: { format: 'union', oneOf: [{ type: 'integer' }, { type: 'string' }, nothing], default: 4, 'x-variant': 0 },
    due: { oneOf: [{ type: 'string', format: 'datetime' }, nothing] },
    order: {
      type: 'object',
      dataclass: 'Order',
      properties: { lines: { type: 'array', items: { $ref: '#/$defs/Line' } }, note: { type: 'string' } },
      required: ['lines'],
      $defs: { Line: line },
    },
    raw: { type: 'object', additionalProperties: true },
  },
}
const fields = new Map(fieldsOf(form).map((field) => [field.name, field]))
const field = (name: string): FormField => fields.get(name)!
const address = { kind: 'address', uri: 's3://bucket/a.csv', format: 'csv' } as const
const lineDraft = (item: Draft, count: Draft): Draft => ({ kind: 'parts', parts: { item, count } })
const orderDraft = (...items: Draft[]): Draft => ({ kind: 'parts', parts: { lines: { kind: 'items', items } } })
const typed: Drafts = { data: address, order: orderDraft(lineDraft('tea', '2')) }

function filled(more: Drafts = {}) {
  const result = fillForm(form, { ...typed, ...more })
  if (!('form' in result)) throw new Error(JSON.stringify(result.problems))
  return { ...result, properties: result.form['properties'] as Record<string, JsonObject> }
}

function problems(more: Drafts): unknown {
  const result = fillForm(form, { ...typed, ...more })
  return 'problems' in result ? result.problems : {}
}

test('each input has a field of its kind', () => {
  expect([...fields.values()].map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
    ['label', 'text', true],
    ['count', 'integer', false],
    ['colour', 'choice', false],
    ['tags', 'list', false],
    ['scores', 'map', false],
    ['data', 'file', true],
    ['either', 'union', false],
    ['due', 'time', false],
    ['order', 'structure', true],
    ['raw', 'json', false],
  ])
  expect(field('order').parts[0]?.item?.parts.map(({ name, kind }) => [name, kind])).toEqual([
    ['item', 'text'],
    ['count', 'integer'],
  ])
})

test('it shows what it is filled with', () => {
  const draft = (name: string) => toDraft(field(name), field(name).initial)
  expect(draft('label')).toBe('a')
  expect(draft('colour')).toBeUndefined()
  expect(draft('tags')).toEqual({ kind: 'items', items: ['a'] })
  expect(draft('either')).toEqual({ kind: 'variant', variant: 0, draft: '4' })
  expect(draft('data')).toBeUndefined()
})

test('what was not changed is given back as it came', () => {
  const { properties, values } = filled()
  const before = form['properties'] as JsonObject
  for (const name of ['label', 'count', 'colour', 'tags', 'either']) expect(properties[name]).toEqual(before[name])
  expect(values).toEqual({
    label: 'a',
    count: 3,
    tags: ['a'],
    either: 4,
    data: { uri: 's3://bucket/a.csv', format: 'csv', dimensionality: 'SINGLE' },
    order: { lines: [{ item: 'tea', count: 2 }] },
  })
})

test('what was changed is of its type, and says nothing of what was there before', () => {
  const { properties, values } = filled({
    label: '',
    count: '9007199254740993',
    tags: { kind: 'items', items: ['b', 'c'] },
    scores: { kind: 'entries', entries: [['x', '-2.5']] },
    either: { kind: 'variant', variant: 1, draft: '1' },
    due: '2026-01-31T09:00:00Z',
    raw: '{"a": [1]}',
  })
  expect(values).toMatchObject({
    label: '',
    count: '9007199254740993',
    tags: ['b', 'c'],
    scores: { x: -2.5 },
    either: '1',
    due: '2026-01-31T09:00:00Z',
    raw: { a: [1] },
  })
  expect(properties['count']).not.toHaveProperty('x-literal')
  expect(properties['either']).toMatchObject({ default: '1', 'x-variant': 1 })
  expect(properties['data']).toMatchObject({ properties: { uri: { default: 's3://bucket/a.csv' } } })
})

test('what is emptied is left out', () => {
  const { properties, values } = filled({ count: '', tags: undefined, either: undefined })
  expect(properties['count']).not.toHaveProperty('default')
  expect(Object.keys(values)).toEqual(['label', 'data', 'order'])
  expect(filled({ tags: { kind: 'items', items: [] } }).values['tags']).toEqual([])
})

test('what is wrong is said of each field, at its place', () => {
  expect(fillForm(form, {})).toEqual({
    problems: { data: 'It needs a value.', 'order.lines': 'It needs a value. Add one, or choose an empty one.' },
  })
  expect(
    problems({
      count: '1.5',
      raw: '[',
      due: 'soon',
      data: { ...address, uri: 'a.csv' },
      order: orderDraft(lineDraft('tea', '2'), lineDraft(undefined, 'two')),
      scores: {
        kind: 'entries',
        entries: [
          ['x', '1'],
          ['x', 'one'],
        ],
      },
    }),
  ).toEqual({
    count: 'It takes a whole number.',
    raw: expect.stringContaining('It takes JSON.'),
    due: 'It takes a time such as 2026-01-31T09:00:00Z.',
    data: expect.stringContaining('An address has the form'),
    'order.lines[1].item': 'It needs a value.',
    'order.lines[1].count': 'It takes a whole number.',
    'scores[1]': 'It takes a number.',
  })
})

test('a refusal is that of the innermost field that it names', () => {
  const paths = pathsOf(field('order'), typed['order'], 'order')
  expect(paths).toEqual([
    'order',
    'order.lines',
    'order.lines[0]',
    'order.lines[0].item',
    'order.lines[0].count',
    'order.note',
  ])
  expect(problemOf('json.properties.order.default.lines[0].count: expected integer', paths)).toEqual([
    'order.lines[0].count',
    'expected integer',
  ])
  expect(problemOf('json.properties.order.default.lines[7]: expected text', paths)).toEqual([
    'order.lines',
    '[7]: expected text',
  ])
  expect(problemOf('inputs.orders: unknown', paths)).toBeUndefined()
  expect(problemOf('the server is away', paths)).toBeUndefined()
})
