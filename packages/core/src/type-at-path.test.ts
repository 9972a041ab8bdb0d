import { describe, expect, test } from 'vitest'
import { describeType } from './describe-type.ts'
import { literalTypes as t } from './literal-types.ts'
import { closest, type PathStep, typeAtPath } from './type-at-path.ts'

const order = t.struct({
  title: 'Order',
  type: 'object',
  properties: {
    id: { type: 'integer' },
    at: { type: 'string', format: 'date-time' },
    took: { type: 'string', format: 'duration' },
    state: { type: 'string', enum: ['open', 'done'] },
    price: { type: 'number' },
    paid: { type: 'boolean' },
    note: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' }, default: [] },
    owner: { $ref: '#/$defs/Owner' },
    counts: { type: 'object', additionalProperties: { type: 'integer' } },
    either: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
    anything: {},
    none: { type: 'null' },
  },
  required: ['id', 'at', 'took', 'state', 'price', 'paid', 'owner', 'counts', 'either', 'anything', 'none'],
  $defs: { Owner: { title: 'Owner', type: 'object', properties: { boss: { $ref: '#/$defs/Owner' } } } },
})

describe('the type at a path', () => {
  test.each<[PathStep[], string]>([
    [[], 'Order'],
    [['id'], 'integer'],
    [['at'], 'datetime'],
    [['took'], 'duration'],
    [['state'], '"open" | "done"'],
    [['price'], 'float'],
    [['paid'], 'boolean'],
    [['note'], 'string | none'],
    [['tags', 3], 'string'],
    [['owner'], 'Owner'],
    [['owner', 'boss'], 'Owner | none'],
    [['counts', 'x'], 'integer'],
    [['either'], 'integer | string'],
    [['anything'], 'struct'],
    [['none'], 'none'],
  ])('%j', (path, expected) => expect(describeType(typeAtPath(order, path))).toBe(expected))

  test('goes through lists and records', () => {
    expect(describeType(typeAtPath(t.list(t.map(order)), [0, 'k', 'id']))).toBe('integer')
    expect(describeType(typeAtPath(t.union([order, order]), ['id']))).toBe('integer')
  })

  test.each<[string, PathStep[], string]>([
    ['a property that is not there', ['ident'], 'has no .ident: it has id, at'],
    ['with what is meant', ['pric'], 'did you mean price?'],
    ['below, with the place', ['tags', 0, 'x'], 'a value of type string at .tags[0] has no .x: it has no parts'],
    ['a key of a list', ['tags', 'length'], 'has no .length: a list is read by an index of 0 or more'],
    ['BUG-24: a negative index', ['tags', -1], 'a list is read by an index of 0 or more'],
    ['an index of a record', ['counts', 0], 'a record is read by a text'],
    ['P-7: a part of something without a schema', ['anything', 'x'], 'nothing is known about its shape'],
    ['a part of what may be nothing', ['note', 'length'], 'it may be nothing'],
  ])('refuses %s', (_name, path, message) => expect(() => typeAtPath(order, path)).toThrow(message))
})

test('the nearest name is found if it is near', () => {
  expect(closest('lable', ['row', 'label'])).toBe('label')
  expect(closest('Sum', ['sum'])).toBe('sum')
  expect(closest('xyz', ['label'])).toBeUndefined()
})
