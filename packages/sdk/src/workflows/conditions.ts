import { create } from '@bufbuild/protobuf'
import { describeType, literalTypes, toLiteral } from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import {
  type Comparison_Operator,
  Comparison_Operator as Operator,
  type Condition as WireCondition,
  ConditionSchema,
  type Operand,
  OperandSchema,
} from '@tern/idl/graph'
import { useRef } from './bind-references.ts'
import { GraphError, ReferenceUseError } from './errors.ts'
import type { Taker } from './taker.ts'
import type { Reference } from './reference-types.ts'
import { describeRef, handleOf, type RefData } from './references.ts'
import { referenceOf } from './wire-values.ts'

declare const conditionBrand: unique symbol

/** A question that the workflow asks when it runs. Like a reference it is no boolean: `if (gt(n, 1))` is refused. */
export interface WorkflowCondition {
  (value: never): never
  /** Of the type system only. */
  readonly [conditionBrand]: true
}

/** What can be compared. */
export type Comparable = string | number | bigint | boolean | Date | null | undefined

type Other<T> = NoInfer<T> | Reference<NoInfer<T> | null | undefined> | Reference<NoInfer<T>>

type Widened<T> = T extends number ? number : T extends bigint ? bigint : T

type Asked =
  | { readonly kind: 'comparison'; readonly operator: Comparison_Operator; readonly operands: readonly [RefData, Side] }
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Asked[] }
  | { readonly kind: 'not'; readonly condition: Asked }

type Side = { readonly ref: RefData } | { readonly value: Comparable }

const conditions = new WeakMap<object, Asked>()

/** `left` is equal to `right`. */
export function eq<T extends Comparable>(left: Reference<T>, right: Other<Widened<T>> | null): WorkflowCondition {
  return compare(Operator.EQ, 'eq', left, right)
}

/** `left` is not equal to `right`. */
export function ne<T extends Comparable>(left: Reference<T>, right: Other<Widened<T>> | null): WorkflowCondition {
  return compare(Operator.NE, 'ne', left, right)
}

/** `left` is less than `right`, or earlier. */
export function lt<T extends Comparable>(left: Reference<T>, right: Other<Widened<T>>): WorkflowCondition {
  return compare(Operator.LT, 'lt', left, right)
}

/** `left` is at most `right`. */
export function le<T extends Comparable>(left: Reference<T>, right: Other<Widened<T>>): WorkflowCondition {
  return compare(Operator.LE, 'le', left, right)
}

/** `left` is greater than `right`, or later. */
export function gt<T extends Comparable>(left: Reference<T>, right: Other<Widened<T>>): WorkflowCondition {
  return compare(Operator.GT, 'gt', left, right)
}

/** `left` is at least `right`. */
export function ge<T extends Comparable>(left: Reference<T>, right: Other<Widened<T>>): WorkflowCondition {
  return compare(Operator.GE, 'ge', left, right)
}

/** The value is true. */
export function isTrue(ref: Reference<boolean>): WorkflowCondition {
  return compare(Operator.EQ, 'isTrue', ref, true)
}

/** The value is false. */
export function isFalse(ref: Reference<boolean>): WorkflowCondition {
  return compare(Operator.EQ, 'isFalse', ref, false)
}

/** There is no value: an optional input was left out, or is null. */
export function isNone(ref: Reference<unknown>): WorkflowCondition {
  return compare(Operator.EQ, 'isNone', ref, null)
}

/** All of them hold; they are asked from left to right, as far as needed. */
export function and(...all: readonly [WorkflowCondition, ...WorkflowCondition[]]): WorkflowCondition {
  return remember({ kind: 'all', conditions: all.map((condition) => askedOf(condition, 'and')) })
}

/** At least one of them holds; they are asked from left to right, as far as needed. */
export function or(...any: readonly [WorkflowCondition, ...WorkflowCondition[]]): WorkflowCondition {
  return remember({ kind: 'any', conditions: any.map((condition) => askedOf(condition, 'or')) })
}

/** It does not hold. */
export function not(condition: WorkflowCondition): WorkflowCondition {
  return remember({ kind: 'not', condition: askedOf(condition, 'not') })
}

/** Writes a condition, noting what it refers to. */
export function toWireCondition(condition: unknown, taker: Taker): WireCondition {
  return write(askedOf(condition, taker.where, taker.place), taker)
}

function compare(operator: Comparison_Operator, name: string, left: unknown, right: unknown): WorkflowCondition {
  const handle = handleOf(left)
  if (handle?.kind !== 'value') {
    throw new GraphError(`${name} compares a reference with something, got ${describe(left)} on the left`, {
      hint: 'Put the reference first: gt(n, 1).',
    })
  }
  const other = handleOf(right)
  if (other?.kind === 'node') throw new GraphError(`${name} cannot compare ${describe(right)}`)
  const side: Side = other === undefined ? { value: right as Comparable } : { ref: other }
  checkKinds(name, operator, handle, side)
  return remember({ kind: 'comparison', operator, operands: [handle, side] })
}

function describe(value: unknown): string {
  const handle = handleOf(value)
  if (handle?.kind === 'node') return `${describeRef(handle)}, a node of ${handle.node.what}`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

// Integers and floats are numbers.
const primitiveKinds: Readonly<Record<number, string>> = {
  [SimpleType.INTEGER]: 'number',
  [SimpleType.FLOAT]: 'number',
  [SimpleType.STRING]: 'text',
  [SimpleType.BOOLEAN]: 'boolean',
  [SimpleType.DATETIME]: 'datetime',
  [SimpleType.DURATION]: 'duration',
  [SimpleType.NONE]: 'none',
}

/** What a type is compared as; undefined for what has no order and no equality here. */
function kindsOf(type: LiteralType): readonly string[] | undefined {
  if (type.type.case === 'enumType') return ['text']
  if (type.type.case === 'simple') {
    const kind = primitiveKinds[type.type.value]
    return kind === undefined ? undefined : [kind]
  }
  if (type.type.case !== 'unionType') return undefined
  const kinds = type.type.value.variants.map(kindsOf)
  return kinds.every((kind) => kind !== undefined) ? kinds.flat() : undefined
}

function checkKinds(name: string, operator: Comparison_Operator, left: RefData, right: Side): void {
  const what = describeRef({ kind: 'value', ...left })
  const place = { graph: left.scope.build.name }
  const kinds = kindsOf(left.type)
  const isNothing = 'value' in right && (right.value === null || right.value === undefined)
  if (isNothing) {
    if (operator === Operator.EQ || operator === Operator.NE) return
    throw new GraphError(`${name} cannot compare ${what} with nothing: only eq and ne can`, place)
  }
  if (kinds === undefined) {
    const hint = 'Compare one of its parts, or compute a boolean in a task.'
    throw new GraphError(`${name} compares primitive values; ${what} is of type ${describeType(left.type)}`, {
      ...place,
      hint,
    })
  }
  const others = 'ref' in right ? kindsOf(right.ref.type) : [kindOfConstant(right.value)]
  if (others?.some((kind) => kind !== 'none' && kinds.includes(kind))) return
  const other = 'ref' in right ? describeType(right.ref.type) : (kindOfConstant(right.value) ?? typeof right.value)
  throw new GraphError(`${name} cannot compare ${what} (${describeType(left.type)}) with ${other}`, place)
}

function kindOfConstant(value: Comparable): string {
  if (value instanceof Date) return 'datetime'
  if (typeof value === 'bigint') return 'number'
  return typeof value === 'string' ? 'text' : typeof value
}

function write(asked: Asked, taker: Taker): WireCondition {
  switch (asked.kind) {
    case 'comparison': {
      const [left, right] = asked.operands
      const comparison = { operator: asked.operator, left: refOperand(left, taker), right: operand(right, taker) }
      return create(ConditionSchema, { kind: { case: 'comparison', value: comparison } })
    }
    case 'not':
      return create(ConditionSchema, { kind: { case: 'not', value: write(asked.condition, taker) } })
    default:
      return create(ConditionSchema, {
        kind: { case: asked.kind, value: { conditions: asked.conditions.map((condition) => write(condition, taker)) } },
      })
  }
}

function operand(side: Side, taker: Taker): Operand {
  if ('ref' in side) return refOperand(side.ref, taker)
  const { value = null } = side
  return create(OperandSchema, { value: { case: 'literal', value: toLiteral(value, typeOfConstant(value)) } })
}

function refOperand(ref: RefData, taker: Taker): Operand {
  useRef(ref, taker)
  return create(OperandSchema, { value: { case: 'reference', value: referenceOf(ref) } })
}

function typeOfConstant(value: Exclude<Comparable, undefined>): LiteralType {
  if (value === null) return literalTypes.none()
  if (value instanceof Date) return literalTypes.datetime()
  switch (typeof value) {
    case 'string':
      return literalTypes.string()
    case 'boolean':
      return literalTypes.boolean()
    case 'bigint':
      return literalTypes.integer()
    default:
      return Number.isSafeInteger(value) ? literalTypes.integer() : literalTypes.float()
  }
}

function askedOf(condition: unknown, where: string, place = {}): Asked {
  const asked = typeof condition === 'object' && condition !== null ? conditions.get(condition) : undefined
  if (asked !== undefined) return asked
  if (handleOf(condition) !== undefined) {
    const hint = 'Ask a question about it: isTrue(ref), eq(ref, …), isNone(ref).'
    throw new GraphError(`${where} takes conditions, got the reference ${describeRef(handleOf(condition)!)}`, {
      ...place,
      hint,
    })
  }
  const got = typeof condition === 'boolean' ? `the boolean ${condition}` : describe(condition)
  throw new GraphError(`${where} takes conditions, got ${got}`, {
    ...place,
    hint: 'Compare with eq, ne, lt, le, gt and ge, and join conditions with and, or and not: && and || have no effect.',
  })
}

function remember(asked: Asked): WorkflowCondition {
  const condition = new Proxy({}, conditionTraps)
  conditions.set(condition, asked)
  return condition as WorkflowCondition
}

const conditionTraps: ProxyHandler<object> = {
  get(_, key) {
    if (key === 'then') return undefined
    if (key === Symbol.toPrimitive || key === 'toString' || key === 'valueOf' || key === 'toJSON') return notAValue
    return typeof key === 'symbol' ? undefined : notAValue()
  },
  has: () => notAValue(),
  ownKeys: () => notAValue(),
  set: () => notAValue(),
}

function notAValue(): never {
  throw new ReferenceUseError('a condition has no value until the workflow runs', {
    hint: 'Give it to when(…), or join it with and, or and not.',
  })
}
