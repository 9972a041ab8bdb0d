import { expect, test } from 'vitest'
import type { LiteralType } from '@tern/idl/core'
import type { PathSegment } from '@tern/idl/graph'
import { literalTypes as types } from '../literal-types.ts'
import { typeAt } from './path-types.ts'

function steps(...path: (string | number)[]): PathSegment[] {
  return path.map((step) => ({
    $typeName: 'tern.workflow.v1.PathSegment',
    kind: typeof step === 'number' ? { case: 'index', value: step } : { case: 'key', value: step },
  }))
}

const int = types.integer()
const person = types.struct({
  type: 'object',
  properties: {
    name: { type: 'string' },
    pets: { type: ['array', 'null'], items: { $ref: '#/$defs/Pet' } },
    more: { type: 'object', additionalProperties: { type: 'string' }, properties: {} },
  },
  $defs: { Pet: { type: 'object', properties: { kind: { type: 'string' } } } },
})

test.each<[string, LiteralType, PathSegment[], LiteralType | undefined]>([
  ['nothing', int, [], int],
  ['an item', types.list(types.list(int)), steps(1, 0), int],
  ['a value', types.map(int), steps('k'), int],
  ['an item of what may be null', types.optional(types.list(int)), steps(3), int],
  ['a part of a structured value, of which the schema says more', person, steps('pets', 0, 'kind'), undefined],
  ['a property that may be there', person, steps('more', 'any'), undefined],
  ['a part of which nothing is known', types.dict(), steps('a', 'b'), undefined],
])('%s is found', (_, type, path, expected) => {
  expect(typeAt(type, path)).toEqual({ type: expected })
})

test.each<[LiteralType, PathSegment[], string]>([
  [int, steps('a'), 'integer has no part "a"'],
  [types.list(int), steps('a'), 'has no part "a"'],
  [types.map(int), steps(0), 'has no item 0'],
  [person, steps('nme'), 'there is no part "nme"; there is name, pets, more'],
  [person, steps('pets', 0, 'kid'), 'there is no part "kid"; there is kind'],
  [person, steps('name', 0), 'there is no item 0'],
])('what is not there is named %#', (type, path, problem) => {
  expect(typeAt(type, path)).toContain(problem)
})
