import type { JsonValue } from '@bufbuild/protobuf'
import type { NamedLiteral } from '@tern/idl/task'
import { toJson, toValue, type Value } from '../../data/value.ts'

/** A part of a value that differs. What one side does not have is undefined. */
export interface ValueChange {
  /** Where it is: `.rows[3].price`; empty for the value itself. */
  readonly path: string
  readonly a: string | undefined
  readonly b: string | undefined
  /** Of numbers, how much more it is. */
  readonly delta: number | undefined
}

/** An input or an output in two runs. */
export interface ValueComparison {
  readonly name: string
  /** Bounded; none for what is the same. */
  readonly changes: ReadonlyArray<ValueChange>
  /** How many parts differ beside those. */
  readonly more: number
}

const mostChanges = 50

/** Compares inputs, or outputs, by their names and as their types ask for. */
export function compareValues(
  a: ReadonlyArray<NamedLiteral>,
  b: ReadonlyArray<NamedLiteral>,
): ReadonlyArray<ValueComparison> {
  const names = [...new Set([...a, ...b].map(({ name }) => name))]
  return names.map((name) => {
    const [before, after] = [a, b].map((side) => side.find((each) => each.name === name))
    const changes = literalChanges(before, after)
    return { name, changes: changes.slice(0, mostChanges), more: Math.max(0, changes.length - mostChanges) }
  })
}

function literalChanges(a: NamedLiteral | undefined, b: NamedLiteral | undefined): ReadonlyArray<ValueChange> {
  const [before, after] = [a?.value, b?.value]
  // The same content, wherever it lies.
  if (before?.hash && before.hash === after?.hash) return []
  return valueChanges('', a && toValue(before), b && toValue(after))
}

function valueChanges(path: string, a: Value | undefined, b: Value | undefined): ReadonlyArray<ValueChange> {
  const [before, after] = [a && toJson(a), b && toJson(b)]
  if ((a === undefined || before !== undefined) && (b === undefined || after !== undefined)) {
    return jsonChanges(path, before, after)
  }
  if (a?.kind === 'list' && b?.kind === 'list') {
    return longer(a.items, b.items).flatMap((_, index) =>
      valueChanges(`${path}[${index}]`, a.items[index], b.items[index]),
    )
  }
  if (a?.kind === 'map' && b?.kind === 'map') {
    const [left, right] = [new Map(a.entries), new Map(b.entries)]
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
      valueChanges(`${path}${keyText(key)}`, left.get(key), right.get(key)),
    )
  }
  const [left, right] = [a && textOf(a), b && textOf(b)]
  return left === right ? [] : [{ path, a: left, b: right, delta: undefined }]
}

function jsonChanges(path: string, a: JsonValue | undefined, b: JsonValue | undefined): ReadonlyArray<ValueChange> {
  if (a === b) return []
  if (Array.isArray(a) && Array.isArray(b)) {
    return longer(a, b).flatMap((_, index) => jsonChanges(`${path}[${index}]`, a[index], b[index]))
  }
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      jsonChanges(`${path}${keyText(key)}`, a[key], b[key]),
    )
  }
  const delta = typeof a === 'number' && typeof b === 'number' ? b - a : undefined
  return [{ path, a: jsonText(a), b: jsonText(b), delta }]
}

function longer<T>(a: ReadonlyArray<T>, b: ReadonlyArray<T>): ReadonlyArray<T> {
  return a.length >= b.length ? a : b
}

function isObject(json: JsonValue | undefined): json is { [key: string]: JsonValue } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function keyText(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function jsonText(json: JsonValue | undefined): string | undefined {
  return json === undefined || typeof json === 'string' ? json : JSON.stringify(json)
}

/** Of what is not in the literal itself, where it lies. */
function textOf(value: Value): string {
  switch (value.kind) {
    case 'file':
    case 'folder':
    case 'table':
    case 'offloaded':
      return value.uri
    case 'bytes':
      return `${value.size} bytes`
    case 'error':
      return value.message
    default:
      return JSON.stringify(toJson(value)) ?? value.kind
  }
}
