import type { LiteralType } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { literalTypes } from './literal-types.ts'
import { jsonToLiteral, toLiteral } from './to-literal.ts'

const t = literalTypes
const person = t.struct({
  title: 'Person',
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    home: { $ref: '#/$defs/Address' },
    role: { enum: ['admin', 'user'] },
  },
  required: ['name'],
  additionalProperties: false,
  $defs: { Address: { title: 'Address', type: 'object', properties: { zip: { type: 'string' } }, required: ['zip'] } },
})

function errorOf(value: unknown, type: LiteralType): string {
  try {
    toLiteral(value, type, 'inputs.x')
  } catch (error) {
    return (error as Error).message
  }
  return 'no error'
}

class Account {
  readonly id = 7
}

describe('X-7: what is wrong with a value', () => {
  test.each<[unknown, LiteralType, string]>([
    ['a', t.integer(), 'inputs.x: expected integer, got string "a"'],
    [1.5, t.integer(), 'inputs.x: expected integer, got number 1.5'],
    [true, t.integer(), 'inputs.x: expected integer, got boolean true'],
    [
      2 ** 60,
      t.integer(),
      'inputs.x: expected integer, got number 1152921504606847000 (use a bigint beyond the safe range)',
    ],
    [2n ** 63n, t.integer(), 'inputs.x: expected integer, got bigint 9223372036854775808 (it does not fit 64 bits)'],
    ['1', t.float(), 'inputs.x: expected float, got string "1"'],
    [null, t.string(), 'inputs.x: expected string, got null'],
    [undefined, t.string(), 'inputs.x: expected string, got undefined'],
    [0, t.boolean(), 'inputs.x: expected boolean, got number 0'],
    [[1, 2, 'a'], t.list(t.integer()), 'inputs.x[2]: expected integer, got string "a"'],
    [3, t.list(t.integer()), 'inputs.x: expected list<integer>, got number 3'],
    [{ a: { b: 'x' } }, t.map(t.map(t.integer())), 'inputs.x.a.b: expected integer, got string "x"'],
    [{ 'a b': 'x' }, t.map(t.integer()), 'inputs.x["a b"]: expected integer, got string "x"'],
    ['GREEN', t.enumOf(['RED', 'BLUE']), 'inputs.x: expected "RED" | "BLUE", got string "GREEN"'],
    [new Date(Number.NaN), t.datetime(), 'inputs.x: expected datetime, got an invalid Date'],
    [new Date(-1e15), t.datetime(), 'it is not in the years 1 to 9999'],
    ['31.1.2026', t.date(), 'inputs.x: expected date, got string "31.1.2026" (write it as 2026-01-31)'],
    [300, t.duration(), "inputs.x: expected duration, got number 300 (write it as '5m' or { minutes: 5 })"],
    [new Account(), t.string(), 'inputs.x: expected string, got Account {"id":7}'],
    [Promise.resolve(1), t.integer(), 'inputs.x: expected integer, got a Promise (is an await missing?)'],
    [new Set([1]), t.list(t.integer()), 'inputs.x: expected list<integer>, got a Set of 1'],
    [() => 1, t.integer(), 'inputs.x: expected integer, got a function'],
    ['x'.repeat(500), t.integer(), `inputs.x: expected integer, got string "${'x'.repeat(59)}…`],
    [5, t.optional(t.string()), 'inputs.x: expected string, got number 5'],
    [[1, 'a'], t.optional(t.list(t.integer())), 'inputs.x[1]: expected integer, got string "a"'],
    [true, t.union([t.integer(), t.string()]), 'inputs.x: expected integer | string, got boolean true'],
    [{ path: '/a' }, t.file(), 'inputs.x: expected file, got object {"path":"/a"}'],
    [{ kind: 'directory', uri: '/a' }, t.file(), 'inputs.x: expected file, got object {"kind":"directory","uri":"/a"}'],
    [3, t.dict(), 'inputs.x: expected struct, got number 3'],
    [{ a: () => 1 }, t.dict(), 'inputs.x: a function cannot be a value'],
    ['x', person, 'inputs.x: expected Person, got string "x"'],
    [{}, person, 'inputs.x: Person lacks "name"'],
    [{ name: 1 }, person, 'inputs.x.name: expected string, got number 1'],
    [{ name: 'a', age: 1.5 }, person, 'inputs.x.age: expected integer, got number 1.5'],
    [{ name: 'a', tags: ['b', 2] }, person, 'inputs.x.tags[1]: expected string, got number 2'],
    [{ name: 'a', home: {} }, person, 'inputs.x.home: Address lacks "zip"'],
    [{ name: 'a', role: 'boss' }, person, 'inputs.x.role: expected "admin" | "user", got string "boss"'],
    [{ name: 'a', nick: 'b' }, person, 'inputs.x: Person has no property "nick"'],
    [[1], t.tuple([{ type: 'integer' }, {}]), 'inputs.x: expected tuple of 2, got array [1]'],
    [['a', 1], t.tuple([{ type: 'integer' }, {}]), 'inputs.x[0]: expected integer, got string "a"'],
  ])('%#', (value, type, message) => {
    expect(errorOf(value, type)).toContain(message)
  })

  test('a value that contains itself is told', () => {
    const tree = t.struct({
      title: 'Tree',
      type: 'object',
      properties: { child: { $ref: '#' } },
    })
    const loop: Record<string, unknown> = {}
    loop.child = loop
    expect(errorOf(loop, tree)).toContain('contains itself')
    expect(errorOf(loop, t.dict())).toContain('contains itself')
  })

  test('JSON has its own ways of writing', () => {
    const at = (json: unknown, type: LiteralType) => () => jsonToLiteral(json, type, '--x')
    expect(at('3x', t.integer())).toThrow('--x: expected integer, got string "3x"')
    expect(at('soon', t.datetime())).toThrow(
      '--x: expected datetime, got string "soon" (write it as 2026-01-31T12:00:00Z)',
    )
    expect(at('%', t.binary())).toThrow('--x: expected bytes, got string "%" (write bytes as base64)')
  })

  test('the path is a field of the error', () => {
    expect(() => toLiteral(['a'], t.list(t.integer()), 'inputs.x')).toThrow(
      expect.objectContaining({ path: 'inputs.x[0]' }),
    )
  })
})
