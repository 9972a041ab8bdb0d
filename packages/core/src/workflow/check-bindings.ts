import { type LiteralType, SimpleType } from '@tern/idl/core'
import type { Binding, Graph, Reference, Value } from '@tern/idl/graph'
import { isCastable } from '../castable.ts'
import { checkLiteral } from '../check-literal.ts'
import { describeType } from '../describe-type.ts'
import { DataValidationError } from '../errors.ts'
import { typesIn } from './entity-interface.ts'
import { nestedPath } from './node-path.ts'
import type { Scope } from './node-scope.ts'
import { typeAt } from './path-types.ts'
import { namesOf, type Place, wrong } from './place.ts'
import { referenceText } from './values.ts'

export interface Expectation {
  readonly place: Place
  readonly side: 'input' | 'output'
  /** Everything has to be bound. */
  readonly isComplete: boolean
  readonly optional?: ReadonlySet<string>
  readonly isHandler?: boolean
}

const noTypes: ReadonlyMap<string, LiteralType> = new Map()

/** Checks that what is bound in one graph is there, and of the type that is expected. */
export class BindingChecker {
  readonly #inputs: ReadonlyMap<string, LiteralType>

  constructor(graph: Graph) {
    this.#inputs = typesIn(graph.interface?.inputs)
  }

  check(
    bindings: ReadonlyArray<Binding>,
    types: ReadonlyMap<string, LiteralType>,
    scope: Scope,
    expected: Expectation,
  ): void {
    const { place, side, isComplete, optional } = expected
    const bound = new Set<string>()
    for (const { name, value } of bindings) {
      if (bound.has(name)) throw wrong(place, `${side} ${name} is bound twice`)
      bound.add(name)
      const type = types.get(name)
      if (type === undefined) throw wrong(place, `there is no ${side} ${name}; there is ${namesOf(types)}`)
      if (value === undefined) throw wrong(place, `${side} ${name} is bound to nothing`)
      this.#checkValue(value, type, scope, { ...expected, place }, `${side} ${name}`)
    }
    if (!isComplete) return
    for (const [name, type] of types) {
      if (bound.has(name) || optional?.has(name) === true) continue
      throw wrong(place, `${side} ${name}, ${describeType(type)}, is not bound`)
    }
  }

  #checkValue({ kind }: Value, type: LiteralType, scope: Scope, expected: Expectation, what: string): void {
    const { place } = expected
    switch (kind.case) {
      case 'literal':
        return checkConstant(() => checkLiteral(kind.value, type, what), place)
      case 'reference': {
        const found = this.typeOf(kind.value, scope, expected)
        if (found === undefined || isCastable(found, type)) return
        throw wrong(
          place,
          `${what} is ${describeType(type)}, and ${referenceText(kind.value)} is ${describeType(found)}`,
        )
      }
      case 'list': {
        if (type.type.case !== 'collectionType') throw wrong(place, `${what} is ${describeType(type)}, and not a list`)
        const of = type.type.value
        kind.value.items.forEach((item, index) => this.#checkValue(item, of, scope, expected, `${what}[${index}]`))
        return
      }
      case 'map': {
        if (type.type.case !== 'mapValueType') throw wrong(place, `${what} is ${describeType(type)}, and not a map`)
        for (const { name, value } of kind.value.entries) {
          if (value !== undefined) this.#checkValue(value, type.type.value, scope, expected, `${what}.${name}`)
        }
        return
      }
      case 'record':
        return this.#checkRecord(kind.value.fields, type, scope, expected, what)
      case 'union': {
        const { value, type: variant } = kind.value
        if (value === undefined || variant === undefined || !isCastable(variant, type)) {
          throw wrong(place, `${what} is ${describeType(type)}, and not a variant of that`)
        }
        return this.#checkValue(value, variant, scope, expected, what)
      }
      case 'error':
        if (expected.isHandler !== true) throw wrong(place, `${what}: only a failure handler is given an error`)
        if (isError(type)) return
        throw wrong(place, `${what} is ${describeType(type)}, and not an error`)
      default:
        throw wrong(place, `${what} is bound in a way that is not known here`)
    }
  }

  #checkRecord(
    fields: ReadonlyArray<Binding>,
    type: LiteralType,
    scope: Scope,
    expected: Expectation,
    what: string,
  ): void {
    if (type.type.case !== 'simple' || type.type.value !== SimpleType.STRUCT) {
      throw wrong(expected.place, `${what} is ${describeType(type)}, and not a structured value`)
    }
    // Of what type a field is to be, its schema says; that the value fits is found out when it is made.
    for (const { name, value } of fields) {
      if (value === undefined) throw wrong(expected.place, `${what}.${name} is bound to nothing`)
      this.#checkLoose(value, scope, expected)
    }
  }

  /** Of values whose type nothing says, only that what they refer to is there. */
  #checkLoose({ kind }: Value, scope: Scope, expected: Expectation): void {
    if (kind.case === 'reference') this.typeOf(kind.value, scope, expected)
    for (const inner of partsOf({ kind })) this.#checkLoose(inner, scope, expected)
  }

  /** The type of what a reference leads to; undefined if nothing says so. */
  typeOf(
    reference: Reference,
    scope: Scope,
    { place, isHandler }: Pick<Expectation, 'place' | 'isHandler'>,
  ): LiteralType | undefined {
    const outputs = reference.node === '' ? this.#inputs : this.#outputsOf(reference.node, scope, place, isHandler)
    const type = outputs.get(reference.output)
    if (type === undefined) {
      const what = reference.node === '' ? 'input of the workflow' : `output of ${reference.node}`
      throw wrong(place, `${reference.output} is no ${what}; there is ${namesOf(outputs)}`)
    }
    const found = typeAt(type, reference.path)
    if (typeof found === 'string') throw wrong(place, `${referenceText(reference)}: ${found}`)
    return found.type
  }

  #outputsOf(path: string, from: Scope, place: Place, isHandler = false): ReadonlyMap<string, LiteralType> {
    if (isHandler) throw wrong(place, `a failure handler is given the workflow's inputs and the error, and not ${path}`)
    const slash = path.lastIndexOf('/')
    const prefix = slash < 0 ? '' : path.slice(0, slash)
    for (let scope: Scope | null = from; scope !== null; scope = scope.outer) {
      if (scope.prefix !== prefix) continue
      const index = scope.places.get(path.slice(slash + 1))
      if (index === undefined) break
      const { current } = scope
      if (current !== undefined && !scope.waitsFor[current]!.has(index)) {
        const waiting = nestedPath(prefix, scope.nodes[current]!.id)
        throw wrong(place, `it refers to ${path}, which is not upstream of ${waiting}`)
      }
      return scope.outputs[index] ?? noTypes
    }
    throw wrong(place, `it refers to ${path}, which is no node beside it or around it`)
  }
}

function isError({ type }: LiteralType): boolean {
  return type.case === 'simple' && (type.value === SimpleType.ERROR || type.value === SimpleType.STRUCT)
}

function checkConstant(check: () => void, place: Place): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw wrong(place, error.message)
  }
}

/** Values that a value is made of. */
function partsOf({ kind }: Pick<Value, 'kind'>): ReadonlyArray<Value> {
  const present = (entries: ReadonlyArray<Binding>): Value[] => entries.flatMap(({ value }) => value ?? [])
  switch (kind.case) {
    case 'list':
      return kind.value.items
    case 'map':
      return present(kind.value.entries)
    case 'record':
      return present(kind.value.fields)
    case 'union':
      return kind.value.value === undefined ? [] : [kind.value.value]
    default:
      return []
  }
}
