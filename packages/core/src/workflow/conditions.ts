import { toBinary } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import { type Comparison, Comparison_Operator as Operator, type Condition, type Operand } from '@tern/idl/graph'
import { literalTypes } from '../literal-types.ts'
import { jsonToLiteral } from '../to-literal.ts'
import { ValueError } from './execution-failures.ts'
import { operandPlanOf } from './graph-plan.ts'
import { type Primitive, primitiveOf, referenceText, type Values, type ValueScope } from './values.ts'

/**
 * Whether a condition holds. What is not needed for that is not looked at.
 *
 * @throws ValueError for operands that cannot be compared
 */
export function holds(condition: Condition, values: Values, scope: ValueScope): boolean {
  const { kind } = condition
  switch (kind.case) {
    case 'all':
      return kind.value.conditions.every((inner) => holds(inner, values, scope))
    case 'any':
      return kind.value.conditions.some((inner) => holds(inner, values, scope))
    case 'not':
      return !holds(kind.value, values, scope)
    case 'comparison':
      return compare(kind.value, values, scope)
    default:
      throw new ValueError('a case has no condition')
  }
}

function compare({ operator, left, right }: Comparison, values: Values, scope: ValueScope): boolean {
  const [a, b] = alike(operandOf(left, values, scope), operandOf(right, values, scope))
  if (operator === Operator.EQ || operator === Operator.NE) {
    const isNone = a.kind === 'none' || b.kind === 'none'
    if (!isNone && a.kind !== b.kind) throw incomparable(left, a, right, b)
    // Of a bigint and a number, too.
    return (a.kind === b.kind && a.value == b.value) === (operator === Operator.EQ)
  }
  if (a.kind !== b.kind || a.kind === 'none' || a.kind === 'boolean') throw incomparable(left, a, right, b)
  return isInOrder(operator, a.value, b.value as typeof a.value)
}

/** Inside of structured values dates and durations are texts. */
function alike(a: Primitive, b: Primitive): [Primitive, Primitive] {
  if (a.kind === 'text' && isTime(b)) return [readAs(b.kind, a.value) ?? a, b]
  if (b.kind === 'text' && isTime(a)) return [a, readAs(a.kind, b.value) ?? b]
  return [a, b]
}

function isTime(value: Primitive): value is Primitive & { readonly kind: 'datetime' | 'duration' } {
  return value.kind === 'datetime' || value.kind === 'duration'
}

function readAs(kind: 'datetime' | 'duration', text: string): Primitive | undefined {
  const type = kind === 'datetime' ? literalTypes.datetime() : literalTypes.duration()
  try {
    return primitiveOf(toBinary(LiteralSchema, jsonToLiteral(text, type)))
  } catch {
    return undefined
  }
}

function isInOrder(operator: Operator, a: number | bigint | string, b: number | bigint | string): boolean {
  switch (operator) {
    case Operator.LT:
      return a < b
    case Operator.LE:
      return a <= b
    case Operator.GT:
      return a > b
    case Operator.GE:
      return a >= b
    default:
      throw new ValueError(`a comparison has the operator ${operator}, which there is not`)
  }
}

function operandOf(operand: Operand | undefined, values: Values, scope: ValueScope): Primitive {
  const bytes =
    operand?.value.case === 'reference'
      ? values.follow(operandPlanOf(operand.value.value), scope, undefined)
      : operand?.value.case === 'literal'
        ? toBinary(LiteralSchema, operand.value.value)
        : undefined
  const primitive = bytes === undefined ? undefined : primitiveOf(values.opened(bytes))
  if (primitive === undefined)
    throw new ValueError(`${operandText(operand)} is no primitive value: it cannot be compared`)
  return primitive
}

function incomparable(left: Operand | undefined, a: Primitive, right: Operand | undefined, b: Primitive): ValueError {
  return new ValueError(`${operandText(left)}, a ${a.kind}, cannot be compared with ${operandText(right)}, a ${b.kind}`)
}

function operandText(operand: Operand | undefined): string {
  return operand?.value.case === 'reference' ? referenceText(operand.value.value) : 'a constant'
}
