import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type Literal, LiteralSchema, type LiteralType, SimpleType } from '@tern/idl/core'
import type { PathSegment } from '@tern/idl/graph'
import { noneLiteral, primitiveLiteral, scalarLiteral } from '../literal-messages.ts'
import { acceptsNone, literalTypes } from '../literal-types.ts'
import { decodeMsgpack, encodeMsgpack } from '../msgpack.ts'
import { isRecord, setOwn } from '../plain-object.ts'
import { jsonToLiteral, toLiteral } from '../to-literal.ts'
import { type NodeFailure, ValueError } from './execution-failures.ts'
import type { BindingPlan, ReferencePlan, ValuePlan } from './graph-plan.ts'
import { plainOf } from './plain-values.ts'
import type { StoredValues } from './stored-values.ts'
import {
  contentOf,
  type LiteralBytes,
  type LiteralContent,
  noneBytes,
  withoutUnion,
  writeEntries,
  writeItems,
  writeUnion,
} from './literal-bytes.ts'

/** Where values come from. */
export interface ValueScope {
  /** The output of a node that has ended well, or an input of the graph. Throws ValueError. */
  find(reference: ReferencePlan): LiteralBytes
  /** Why the graph fails; null unless it does. */
  readonly failure: NodeFailure | null
}

/**
 * Makes the values of bindings. Containers that references lead into are taken apart once, and not again for each of their items.
 */
export class Values {
  readonly #contents = new WeakMap<LiteralBytes, LiteralContent>()
  readonly #stored: StoredValues

  constructor(stored: StoredValues) {
    this.#stored = stored
  }

  /** @param type what the value is to be; undefined where that is not known */
  resolve(value: ValuePlan, scope: ValueScope, type: LiteralType | undefined): LiteralBytes {
    switch (value.kind) {
      case 'literal':
        return value.bytes
      case 'reference':
        return this.follow(value.reference, scope, type)
      case 'list': {
        const of = type?.type.case === 'collectionType' ? type.type.value : undefined
        return writeItems(value.items.map((item) => this.resolve(item, scope, of)))
      }
      case 'map': {
        const of = type?.type.case === 'mapValueType' ? type.type.value : undefined
        return writeEntries(
          value.entries.map(({ name, value: entry }) => [name, this.resolve(entry, scope, of)] as const),
        )
      }
      case 'record':
        return this.#record(value.entries, scope, type)
      case 'union':
        return writeUnion(this.resolve(value.value, scope, value.type), value.variant)
      case 'error':
        return errorBytes(scope.failure, type)
    }
  }

  /** What a reference leads to. */
  follow(reference: ReferencePlan, scope: ValueScope, type: LiteralType | undefined): LiteralBytes {
    let current = scope.find(reference)
    const { path } = reference
    for (let at = 0; at < path.length; at++) {
      current = this.opened(current)
      const content = this.itemsOf(current)
      if (content.kind === 'scalar') return insideOf(current, reference, at, type)
      const next = stepInto(content, path[at]!)
      if (typeof next === 'string') throw noPath(reference, at, next)
      current = next
    }
    return current
  }

  /** The literal itself, or the one that is kept in storage in its place. */
  opened(literal: LiteralBytes): LiteralBytes {
    const content = this.itemsOf(literal)
    return content.kind === 'offloaded' ? this.opened(this.#stored.at(content.uri)) : literal
  }

  itemsOf(literal: LiteralBytes): LiteralContent {
    const known = this.#contents.get(literal)
    if (known !== undefined) return known
    const content = contentOf(literal)
    if (content.kind === 'items' || content.kind === 'entries') this.#contents.set(literal, content)
    return content
  }

  /** A value as it stands in a structured one. */
  plain(literal: LiteralBytes): unknown {
    return plainOf(fromBinary(LiteralSchema, literal), (uri) => this.plain(this.#stored.at(uri)))
  }

  #record(entries: ReadonlyArray<BindingPlan>, scope: ValueScope, type: LiteralType | undefined): LiteralBytes {
    const record: Record<string, unknown> = {}
    for (const { name, value } of entries) {
      setOwn(record, name, this.plain(this.resolve(value, scope, undefined)))
    }
    const struct = isStruct(type) ? type : literalTypes.struct({})
    try {
      return toBinary(LiteralSchema, toLiteral(record, struct))
    } catch (error) {
      throw new ValueError(messageOf(error))
    }
  }
}

/** The primitive value that conditions compare; undefined for what is none. */
export function primitiveOf(literal: LiteralBytes): Primitive | undefined {
  const { value } = fromBinary(LiteralSchema, withoutUnion(literal))
  const scalar = value.case === 'scalar' ? value.value.value : undefined
  if (scalar?.case === 'noneType') return { kind: 'none', value: null }
  if (scalar?.case !== 'primitive') return undefined
  const primitive = scalar.value.value
  switch (primitive.case) {
    case 'integer':
    case 'floatValue':
      return { kind: 'number', value: primitive.value }
    case 'stringValue':
      return { kind: 'text', value: primitive.value }
    case 'boolean':
      return { kind: 'boolean', value: primitive.value }
    case 'datetime':
    case 'duration':
      return { kind: primitive.case, value: primitive.value.seconds * nanosPerSecond + BigInt(primitive.value.nanos) }
    default:
      return undefined
  }
}

export type Primitive =
  | { readonly kind: 'none'; readonly value: null }
  | { readonly kind: 'number' | 'datetime' | 'duration'; readonly value: number | bigint }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }

const nanosPerSecond = 1_000_000_000n

function stepInto(content: LiteralContent, segment: PathSegment): LiteralBytes | string {
  const { kind } = segment
  switch (content.kind) {
    case 'items':
      if (kind.case !== 'index') return `a list has no ${stepText(segment)}`
      return content.items[kind.value] ?? `the list has ${content.items.length} items`
    case 'entries':
      if (kind.case !== 'key') return `a map has no ${stepText(segment)}`
      return content.entries.get(kind.value) ?? 'the map has no such key'
    default:
      return 'the value is null'
  }
}

/** A value inside of a structured one, as a literal of its own. */
function insideOf(
  literal: LiteralBytes,
  reference: ReferencePlan,
  start: number,
  type: LiteralType | undefined,
): LiteralBytes {
  const { value } = fromBinary(LiteralSchema, withoutUnion(literal))
  const scalar = value.case === 'scalar' ? value.value.value : undefined
  let current: unknown
  if (scalar?.case === 'binary' && scalar.value.tag === 'msgpack') current = decodeMsgpack(scalar.value.value)
  else if (scalar?.case === 'generic') current = scalar.value
  else throw noPath(reference, start, 'the value has no parts')
  for (let at = start; at < reference.path.length; at++) {
    const next = partOf(current, reference.path[at]!)
    // A property that is optional, and that may be looked at as null.
    const mayBeNull = at === reference.path.length - 1 && isRecord(current) && (type === undefined || acceptsNone(type))
    if (next === undefined && !mayBeNull) throw noPath(reference, at, `there is none in ${shapeOf(current)}`)
    current = next ?? null
  }
  return toBinary(LiteralSchema, literalOf(current, type, reference))
}

function partOf(value: unknown, { kind }: PathSegment): unknown {
  if (kind.case === 'index') return Array.isArray(value) ? value[kind.value] : undefined
  return kind.case === 'key' && isRecord(value) && Object.hasOwn(value, kind.value) ? value[kind.value] : undefined
}

function literalOf(value: unknown, type: LiteralType | undefined, reference: ReferencePlan): Literal {
  if (type === undefined) return naturalLiteral(value)
  try {
    // Dates and durations are texts inside of structured values.
    return jsonToLiteral(value, type)
  } catch (error) {
    throw new ValueError(`${referenceText(reference)}: ${messageOf(error)}`)
  }
}

/** Where nothing says what the value is to be. */
function naturalLiteral(value: unknown): Literal {
  switch (typeof value) {
    case 'string':
      return primitiveLiteral({ case: 'stringValue', value })
    case 'boolean':
      return primitiveLiteral({ case: 'boolean', value })
    case 'bigint':
      return primitiveLiteral({ case: 'integer', value })
    case 'number':
      if (Number.isSafeInteger(value)) return primitiveLiteral({ case: 'integer', value: BigInt(value) })
      return primitiveLiteral({ case: 'floatValue', value })
    default:
      if (value === null || value === undefined) return noneLiteral()
      return scalarLiteral({
        case: 'binary',
        value: { $typeName: 'flyteidl2.core.Binary', value: encodeMsgpack(value), tag: 'msgpack' },
      })
  }
}

/** As its input takes it: an error, a structured value, or one of them in a union. */
function errorBytes(failed: NodeFailure | null, type: LiteralType | undefined): LiteralBytes {
  if (failed === null) return noneBytes
  if (!isStruct(type)) {
    const { path, failure } = failed
    const error = { $typeName: 'flyteidl2.core.Error', failedNodeId: path, message: failure.message } as const
    return toBinary(LiteralSchema, scalarLiteral({ case: 'error', value: error }))
  }
  const failures = [failed, ...(failed.others ?? [])].slice(0, mostFailures).map(toldOf)
  const fields = { ...toldOf(failed), failures }
  const binary = { $typeName: 'flyteidl2.core.Binary', value: encodeMsgpack(fields), tag: 'msgpack' } as const
  return toBinary(LiteralSchema, scalarLiteral({ case: 'binary', value: binary }))
}

// Of a workflow with thousands of nodes that all fail, so many are enough.
const mostFailures = 100

function toldOf({ path, failure: { message, code, kind }, attempt, action }: NodeFailure) {
  return { message, failedNodeId: path, code, kind, attempt: attempt ?? 0, action: action ?? '' }
}

function isStruct(type: LiteralType | undefined): type is LiteralType {
  return type?.type.case === 'simple' && type.type.value === SimpleType.STRUCT
}

function noPath(reference: ReferencePlan, at: number, reason: string): ValueError {
  const known = referenceText({ ...reference, path: reference.path.slice(0, at) })
  return new ValueError(`${referenceText(reference)}: ${known} has no ${stepText(reference.path[at]!)}: ${reason}`)
}

/** How a reference is written for people: `n0.rows[3].name`, `inputs.x`. */
export function referenceText({ node, output, path }: Pick<ReferencePlan, 'node' | 'output' | 'path'>): string {
  return `${node === '' ? 'inputs' : node}.${output}${path.map(stepText).join('')}`
}

function stepText({ kind }: PathSegment): string {
  return kind.case === 'index' ? `[${kind.value}]` : `.${kind.value ?? ''}`
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length} items`
  return isRecord(value)
    ? `{ ${Object.keys(value).slice(0, 10).join(', ')} }`
    : `a ${value === null ? 'null' : typeof value}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
