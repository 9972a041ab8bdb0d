import { toBinary } from '@bufbuild/protobuf'
import { LiteralSchema, type LiteralType, SimpleType } from '@tern/idl/core'
import type { Condition, Operand, Reference } from '@tern/idl/graph'
import { describeType } from '../describe-type.ts'
import { type Place, wrong } from './place.ts'
import { primitiveOf, referenceText } from './values.ts'

/** The type of what a reference leads to; undefined if nothing says so. */
type TypeOf = (reference: Reference) => LiteralType | undefined

/** Checks that what a condition compares is primitive, and of the same kind. */
export function checkCondition({ kind }: Condition, typeOf: TypeOf, place: Place): void {
  switch (kind.case) {
    case 'all':
    case 'any':
      for (const inner of kind.value.conditions) checkCondition(inner, typeOf, place)
      return
    case 'not':
      return checkCondition(kind.value, typeOf, place)
    case 'comparison': {
      const { left, right } = kind.value
      const [a, b] = [kindsOf(left, typeOf, place), kindsOf(right, typeOf, place)]
      if (a === undefined || b === undefined || a.has('none') || b.has('none')) return
      if ([...a].some((each) => b.has(each))) return
      throw wrong(place, `its condition compares ${[...a].join(' or ')} with ${[...b].join(' or ')}`)
    }
    default:
      throw wrong(place, 'it has a condition of a kind that is not known here')
  }
}

/** What an operand may be when it is compared; undefined if nothing says so. */
function kindsOf(operand: Operand | undefined, typeOf: TypeOf, place: Place): ReadonlySet<string> | undefined {
  switch (operand?.value.case) {
    case 'reference': {
      const type = typeOf(operand.value.value)
      if (type === undefined) return undefined
      const kinds = comparedAs(type)
      if (kinds.size > 0) return kinds
      const what = `${referenceText(operand.value.value)}, ${describeType(type)}`
      throw wrong(place, `its condition compares ${what}: only primitive values can be`)
    }
    case 'literal': {
      const primitive = primitiveOf(toBinary(LiteralSchema, operand.value.value))
      if (primitive !== undefined) return new Set([primitive.kind])
      throw wrong(place, 'its condition compares a constant that is no primitive value')
    }
    default:
      throw wrong(place, 'its condition compares nothing')
  }
}

const compared: Readonly<Partial<Record<number, string>>> = {
  [SimpleType.INTEGER]: 'number',
  [SimpleType.FLOAT]: 'number',
  [SimpleType.STRING]: 'text',
  [SimpleType.BOOLEAN]: 'boolean',
  [SimpleType.DATETIME]: 'datetime',
  [SimpleType.DURATION]: 'duration',
  [SimpleType.NONE]: 'none',
}

function comparedAs({ type }: LiteralType): ReadonlySet<string> {
  if (type.case === 'enumType') return new Set(['text'])
  if (type.case === 'unionType') return new Set(type.value.variants.flatMap((variant) => [...comparedAs(variant)]))
  const kind = type.case === 'simple' ? compared[type.value] : undefined
  return new Set(kind === undefined ? [] : [kind])
}
