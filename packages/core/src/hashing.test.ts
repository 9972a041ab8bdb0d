import { create } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import type { NamedLiteral } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import {
  cacheKey,
  inputsHash,
  interfaceHash,
  literalRepresentation,
  sha256Base64,
  subActionName,
  taskIdentity,
  traceActionName,
} from './hashing.ts'
import { literalTypes, typedInterface } from './literal-types.ts'
import { binaryLiteral } from './literal-messages.ts'
import { encodeMsgpack } from './msgpack.ts'
import { toLiteral } from './to-literal.ts'

const integer = literalTypes.integer()
const input = (name: string, value: unknown, type = integer): NamedLiteral => ({
  $typeName: 'flyteidl2.task.NamedLiteral',
  name,
  value: toLiteral(value, type),
})

describe('the published test vectors', () => {
  const inputs = inputsHash([input('x', 3)])
  const name = { parent: 'a0', taskIdentity: 'IDENT', seq: 1 }

  test('hashes', () => {
    expect(sha256Base64('abc')).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
    expect(Buffer.from(literalRepresentation(toLiteral(3, integer))).toString('hex')).toBe('0a040a020803')
    expect(inputs).toBe('KEIwDYbtpDdIagAWFbRccD+Dtrek8VoZiFNuVXfwSdo=')
  })

  test('names', () => {
    expect(subActionName({ ...name, inputsHash: inputs })).toBe('d4jn31bl2wx35sxwvoduvpjpt')
    expect(subActionName({ ...name, inputsHash: inputs, group: 'grp' })).toBe('a912gxnf7tdq9bpsv47hhcp9o')
    expect(subActionName({ ...name, inputsHash: '' })).toBe('3exvhn5mylzb8fb7mqhcp4odj')
  })
})

describe('the hash of inputs', () => {
  test('is empty without inputs', () => {
    expect(inputsHash([])).toBe('')
    expect(inputsHash([input('x', 3)], ['x'])).toBe('')
  })

  test('leaves ignored inputs out', () => {
    expect(inputsHash([input('x', 3), input('y', 4)], ['y'])).toBe(inputsHash([input('x', 3)]))
  })

  test('depends on names, values and order', () => {
    const hashes = [
      inputsHash([input('x', 3), input('y', 4)]),
      inputsHash([input('y', 4), input('x', 3)]),
      inputsHash([input('x', 4), input('y', 3)]),
      inputsHash([input('x', 3)]),
    ]
    expect(new Set(hashes).size).toBe(4)
  })

  test('H-6: takes a literal’s own hash instead of its value', () => {
    const file = (uri: string, hash?: string) => [input('f', { uri, hash }, literalTypes.file())]
    expect(inputsHash(file('/a', 'h'))).toBe(inputsHash(file('/b', 'h')))
    expect(inputsHash(file('/a'))).not.toBe(inputsHash(file('/b')))
  })

  test('H-9, E-4, BUG-20: does not depend on the order of a struct’s keys', () => {
    const struct = (value: object) => inputsHash([input('x', value, literalTypes.dict())])
    expect(struct({ b: 1, a: { d: 1, c: 2 } })).toBe(struct({ a: { c: 2, d: 1 }, b: 1 }))
  })

  test('does not depend on the order of a map’s keys, even where they look like numbers', () => {
    const type = literalTypes.map(integer)
    expect(inputsHash([input('x', { b: 1, 10: 2, 9: 3 }, type)])).toBe(
      inputsHash([input('x', { 9: 3, 10: 2, b: 1 }, type)]),
    )
  })

  test('takes msgpack that is broken as it is', () => {
    const literal = binaryLiteral(new Uint8Array([0x81, 0xa1]), 'msgpack')
    expect(Buffer.from(literalRepresentation(literal)).toString('hex')).toBe('0a0f1a0d0a0281a112076d73677061636b')
  })

  test('counts metadata', () => {
    const plain = toLiteral(3, integer)
    const marked = create(LiteralSchema, { ...plain, metadata: { a: 'b' } })
    expect(literalRepresentation(marked)).not.toEqual(literalRepresentation(plain))
  })

  test('does not keep the memory of a large input', () => {
    const large = inputsHash([input('x', 'y'.repeat(3_000_000), literalTypes.string())])
    expect(inputsHash([input('x', 3)])).toBe('KEIwDYbtpDdIagAWFbRccD+Dtrek8VoZiFNuVXfwSdo=')
    expect(large).toHaveLength(44)
  })
})

describe('the hash of an interface', () => {
  test('does not depend on the order of its variables', () => {
    const sorted = typedInterface({ inputs: { a: integer, b: integer } })
    const reversed = {
      ...sorted,
      inputs: { ...sorted.inputs, variables: [...(sorted.inputs?.variables ?? [])].reverse() },
    }
    expect(interfaceHash(reversed as typeof sorted)).toBe(interfaceHash(sorted))
  })

  test('counts descriptions', () => {
    const described = typedInterface({ inputs: { a: { type: integer, description: 'how many' } } })
    expect(interfaceHash(described)).not.toBe(interfaceHash(typedInterface({ inputs: { a: integer } })))
  })

  test('of no interface is that of nothing', () => {
    expect(interfaceHash(undefined)).toBe(sha256Base64(''))
  })
})

describe('names of actions', () => {
  const parts = { parent: 'a0', inputsHash: 'I', taskIdentity: 'T', seq: 1 }

  test('fit the limit of 30 and differ in every part', () => {
    const names = [
      subActionName(parts),
      subActionName({ ...parts, parent: 'a1' }),
      subActionName({ ...parts, inputsHash: 'J' }),
      subActionName({ ...parts, taskIdentity: 'U' }),
      subActionName({ ...parts, seq: 2 }),
      subActionName({ ...parts, group: 'g' }),
    ]
    expect(new Set(names).size).toBe(6)
    for (const name of names) expect(name).toMatch(/^[0-9a-z]{1,25}$/)
  })

  test('an empty group is no group', () => {
    expect(subActionName({ ...parts, group: '' })).toBe(subActionName(parts))
  })

  test('of traces depend on the function, and on its code where that counts', () => {
    const trace = { parent: 'a0', inputsHash: 'I', seq: 1, functionName: 'fetch' }
    expect(traceActionName(trace)).toBe(subActionName({ ...parts, taskIdentity: 'fetch' }))
    expect(traceActionName({ ...trace, codeDigest: 'abc' })).toBe(
      subActionName({ ...parts, taskIdentity: 'fetch-abc' }),
    )
  })
})

test('H-1: identities and cache keys are hashes of their parts', () => {
  const task = { taskName: 'env.f', interfaceHash: 'F' }
  expect(taskIdentity({ ...task, discoveryVersion: 'v1' })).toBe(sha256Base64('env.f-F-v1'))
  expect(cacheKey({ ...task, inputsHash: 'I', cacheVersion: 'v1' })).toBe(sha256Base64('Ienv.fFv1'))
})

test('msgpack made by JavaScript is canonical already, but for the order of keys', () => {
  const bytes = encodeMsgpack({ a: [1, 2.5, 'x', null, true, -70000, 2n ** 63n], b: { c: new Uint8Array(3) } })
  const literal = binaryLiteral(bytes, 'msgpack')
  expect(Buffer.from(literalRepresentation(literal)).includes(Buffer.from(bytes))).toBe(true)
})
