import {
  closest,
  compareText,
  DataValidationError,
  describeType,
  isCastable,
  isTupleType,
  toLiteral,
  typeAtPath,
} from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import type { Binding, Value } from '@tern/idl/graph'
import { BindError, ForeignRefError } from './errors.ts'
import type { BuiltNode, GraphScope } from './graph-scope.ts'
import { describeRef, handleOf, isReference, outputsOfNode, type RefData } from './references.ts'
import { describedBy, partOfSchema } from './schema-parts.ts'
import { literalOf } from './constants.ts'
import { convert, mismatch, type Taker, toBinding } from './taker.ts'
import { listValue, literalValue, mapValue, recordValue, toReference, unionValue } from './wire-values.ts'

/** Binds a value that is, or holds, references; a value without any is left to the caller. */
export function bindReferences(given: unknown, type: LiteralType, taker: Taker): Value | undefined {
  refuseOthers(given, type, taker)
  const handle = handleOf(given)
  if (handle === undefined) return holdsReferences(given) ? mixedValue(given, type, taker) : undefined
  if (handle.kind === 'value') return bindRef(handle, type, taker)
  if (handle.node.outputs.size === 0) throw returnsNothing(handle.node, type, taker)
  // A node with named outputs is an object of them.
  checkScope(handle, taker)
  return mixedValue(outputsOfNode(handle), type, taker)
}

function bindRef(ref: RefData, type: LiteralType, taker: Taker): Value {
  useRef(ref, taker)
  if (isCastable(ref.type, type)) return wrapped(ref.type, type, toReference(ref))
  const actual = `${describeType(ref.type)} from ${describeRef({ kind: 'value', ...ref })}`
  throw mismatch(taker, type, actual, hintFor(ref.type, type))
}

/** Notes that a reference is used, after a look at whether it can be. */
export function useRef(ref: RefData, taker: Pick<Taker, 'scope' | 'node' | 'place'>): void {
  checkScope(ref, taker)
  if (ref.node === undefined) ref.scope.build.usedInputs.add(ref.output)
  else taker.node?.dependOn(ref.node)
}

function checkScope(
  ref: { scope: GraphScope; node: BuiltNode | undefined },
  taker: Pick<Taker, 'scope' | 'place'>,
): void {
  if (taker.scope.isWithin(ref.scope)) return
  const what = ref.node === undefined ? 'an input' : ref.node.path
  if (ref.scope.build === taker.scope.build) {
    throw new ForeignRefError(`${what} belongs to the branch ${ref.scope.path}, and can be used only there`, {
      ...taker.place,
      hint: 'Return it from the branch: what all branches return is what the conditional gives.',
    })
  }
  const [theirs, ours] = [ref.scope.build.name, taker.scope.build.name]
  throw new ForeignRefError(`${what} belongs to the workflow ${theirs}, and was used in ${ours}`, {
    ...taker.place,
    hint: 'Give it to the workflow as an input.',
  })
}

/** A value of the type `from` where `to` is expected: of a union it becomes one of the variants. */
export function wrapped(from: LiteralType, to: LiteralType, value: Value): Value {
  if (to.type.case !== 'unionType' || from.type.case === 'unionType') return value
  const { variants } = to.type.value
  const variant = variants.find((one) => sameShape(from, one)) ?? variants.find((one) => isCastable(from, one))
  return variant === undefined ? value : unionValue(value, variant)
}

function sameShape(from: LiteralType, to: LiteralType): boolean {
  return isCastable(from, to) && isCastable(to, from)
}

function returnsNothing(node: BuiltNode, type: LiteralType, taker: Taker): BindError {
  return mismatch(
    taker,
    type,
    `${node.path}, but ${node.what} returns nothing`,
    'Use chain(…) to put one behind another.',
  )
}

function refuseOthers(given: unknown, type: LiteralType, taker: Taker): void {
  if (given instanceof Promise) {
    given.catch(() => undefined)
    throw mismatch(
      taker,
      type,
      'a promise',
      'Nothing can be awaited while a graph is built: call the task with .node().',
    )
  }
  if (typeof given === 'function') throw mismatch(taker, type, 'a function')
  if (isUnfinished(given)) {
    throw mismatch(taker, type, 'a conditional without an else', 'End it with .else(() => …).')
  }
}

const unfinished = new WeakSet<object>()

/** Says that an object is a conditional that has no else yet, so that nothing can be taken from it. */
export function markUnfinished<T extends object>(conditional: T): T {
  unfinished.add(conditional)
  return conditional
}

function isUnfinished(given: unknown): boolean {
  return typeof given === 'object' && given !== null && unfinished.has(given)
}

function hintFor(from: LiteralType, to: LiteralType): string | undefined {
  const [actual, expected] = [describeType(from), describeType(to)]
  if (actual === 'integer' && expected === 'float')
    return 'An integer is no float: declare both as z.int(), or both as z.number().'
  return actual.endsWith(' | none') ? 'It may be nothing: declare the input as optional or nullable.' : undefined
}

/** Whether there is a reference in a list or an object, however deep. */
export function holdsReferences(value: unknown): boolean {
  if (isReference(value)) return true
  if (Array.isArray(value)) return value.some(holdsReferences)
  return isPlain(value) && Object.values(value).some(holdsReferences)
}

/** A list or an object of references and constants, as a value of a type. */
function mixedValue(given: unknown, type: LiteralType, taker: Taker): Value {
  const parts = Array.isArray(given) ? listParts(given, type, taker) : objectParts(given, type, taker)
  if (parts !== undefined) return parts
  const what = Array.isArray(given) ? 'a list' : 'an object'
  throw mismatch(taker, type, `${what} with references in it`)
}

function bindPart(given: unknown, type: LiteralType, taker: Taker): Value {
  const bound = bindReferences(given, type, taker)
  if (bound !== undefined) return bound
  const described = taker.schema === undefined ? undefined : describedBy(taker.schema)
  if (described !== undefined) return literalValue(literalOf(described, given, taker))
  return literalValue(convert(() => toLiteral(given, type, ''), type, given, taker))
}

function listParts(given: readonly unknown[], type: LiteralType, taker: Taker): Value | undefined {
  if (type.type.case === 'unionType') return firstVariant(given, type.type.value.variants, taker)
  if (isTupleType(type)) return tupleParts(given, type, taker)
  if (type.type.case !== 'collectionType') return undefined
  const element = type.type.value
  return listValue(given.map((item, index) => bindPart(item, element, inside(taker, `[${index}]`, index))))
}

function tupleParts(given: readonly unknown[], type: LiteralType, taker: Taker): Value {
  const size = Object.keys((type.metadata?.['properties'] ?? {}) as object).length
  if (given.length !== size) throw mismatch(taker, type, `a list of ${given.length}`)
  const fields = given.map((item, index) => {
    const name = `item_${index}`
    return toBinding(name, bindPart(item, typeAtPath(type, [name]), inside(taker, `[${index}]`, index)))
  })
  return recordValue(fields.sort((a, b) => compareText(a.name, b.name)))
}

function objectParts(given: unknown, type: LiteralType, taker: Taker): Value | undefined {
  if (!isPlain(given)) return undefined
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  if (type.type.case === 'unionType') return firstVariant(given, type.type.value.variants, taker)
  if (type.type.case === 'mapValueType') {
    const element = type.type.value
    return mapValue(fieldsOf(entries, () => element, taker))
  }
  if (type.type.case !== 'simple' || type.type.value !== SimpleType.STRUCT || isTupleType(type)) return undefined
  // Of a struct without a schema nothing is known, so that any object is one.
  if (type.metadata === undefined) return recordValue(fieldsOf(entries, untypedField(type, taker), taker))
  checkComplete(entries, type, taker)
  return recordValue(fieldsOf(entries, (name) => fieldType(type, name, taker), taker))
}

// The type of a part is then that of what is given.
function untypedField(type: LiteralType, taker: Taker): (name: string) => LiteralType {
  return () => {
    throw mismatch(
      taker,
      type,
      'an object with references in it',
      'Declare the input with z.object(…), so that the types of its parts are known.',
    )
  }
}

function fieldsOf(
  entries: readonly (readonly [string, unknown])[],
  typeOf: (name: string) => LiteralType,
  taker: Taker,
): Binding[] {
  const bindings = entries.map(([name, value]) =>
    toBinding(name, bindPart(value, typeOf(name), inside(taker, `.${name}`, name))),
  )
  return bindings.sort((a, b) => compareText(a.name, b.name))
}

function fieldType(type: LiteralType, name: string, taker: Taker): LiteralType {
  try {
    return typeAtPath(type, [name])
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw new BindError(`${taker.where}: ${error.message}`, {
      ...taker.place,
      input: taker.name,
      expected: describeType(type),
      cause: error,
    })
  }
}

function checkComplete(entries: readonly (readonly [string, unknown])[], type: LiteralType, taker: Taker): void {
  const required = (type.metadata?.['required'] ?? []) as readonly string[]
  const given = new Set(entries.map(([name]) => name))
  const missing = required.filter((name) => !given.has(name))
  const [first] = missing
  if (first === undefined) return
  const meant = closest(first, [...given])
  const question = meant === undefined ? '' : ` (is it ${meant}?)`
  throw mismatch(taker, type, `an object without ${missing.join(', ')}${question}`)
}

function firstVariant(given: unknown, variants: readonly LiteralType[], taker: Taker): Value | undefined {
  let first: BindError | undefined
  for (const variant of variants) {
    try {
      return unionValue(mixedValue(given, variant, taker), variant)
    } catch (error) {
      if (!(error instanceof BindError)) throw error
      first ??= error
    }
  }
  if (first !== undefined && variants.length <= 2) throw first
  return undefined
}

function inside({ schema, ...taker }: Taker, text: string, step: string | number): Taker {
  return {
    ...taker,
    where: `${taker.where}${text}`,
    schema: schema === undefined ? undefined : partOfSchema(schema, step),
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isReference(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
