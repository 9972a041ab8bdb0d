import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf'
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect'
import fc from 'fast-check'

/** A choice that a generator makes: one of these is drawn from for each field. */
type Draw = () => number

const texts = [
  '',
  'flytesnacks',
  'development',
  'env.main',
  'a0',
  'r1',
  'v1',
  '%',
  "'; drop table runs; --",
  '\u0000',
  'é',
  '/',
  '../..',
  '{"a":1}',
]
const longText = 'x'.repeat(70_000)
const deepest = 5

/** Messages of a type with fields set at random, to values that exist and to values that should not. */
export function arbitraryMessage(schema: DescMessage): fc.Arbitrary<Message> {
  return fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 200 }).map((numbers) => {
    let at = 0
    return messageOf(schema, () => numbers[at++ % numbers.length]! + Math.floor(at / numbers.length), deepest)
  })
}

function messageOf(schema: DescMessage, draw: Draw, depth: number): Message {
  const message = create(schema)
  const target = reflect(schema, message)
  for (const field of schema.fields) if (draw() % 3 !== 0) setField(target, field, draw, depth)
  return message
}

function setField(target: ReflectMessage, field: DescField, draw: Draw, depth: number): void {
  switch (field.fieldKind) {
    case 'scalar':
      return target.set(field, scalarOf(field.scalar, draw))
    case 'enum':
      return target.set(field, draw() % 8 === 0 ? 9_999 : field.enum.values[draw() % field.enum.values.length]!.number)
    case 'message':
      if (depth > 0) target.set(field, reflect(field.message, messageOf(field.message, draw, depth - 1)))
      return
    case 'list': {
      if (field.listKind === 'message' && depth === 0) return
      const list = target.get(field)
      for (let i = draw() % 3; i > 0; i--) list.add(elementOf(field, draw, depth))
      return
    }
    case 'map': {
      if (field.mapKind === 'message' && depth === 0) return
      const map = target.get(field)
      for (let i = draw() % 3; i > 0; i--)
        map.set(scalarOf(field.mapKey, draw) as string, elementOf(field, draw, depth))
    }
  }
}

function elementOf(field: Extract<DescField, { fieldKind: 'list' | 'map' }>, draw: Draw, depth: number): unknown {
  if (field.message !== undefined) return reflect(field.message, messageOf(field.message, draw, depth - 1))
  if (field.enum !== undefined) return field.enum.values[draw() % field.enum.values.length]!.number
  return scalarOf(field.scalar!, draw)
}

function scalarOf(type: ScalarType, draw: Draw): unknown {
  const pick = draw()
  switch (type) {
    case ScalarType.STRING:
      return pick % 40 === 0 ? longText : texts[pick % texts.length]
    case ScalarType.BYTES:
      return new Uint8Array(pick % 20).fill(pick % 256)
    case ScalarType.BOOL:
      return pick % 2 === 0
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY][pick % 5]
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)][pick % 5]
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return [0n, 1n, 2n ** 64n - 1n][pick % 3]
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return [0, 1, 2, 2 ** 32 - 1][pick % 4]
    default:
      return [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)][pick % 5]
  }
}
