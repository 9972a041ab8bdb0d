import { closest, DataValidationError, describeType, formatPath, type PathStep, typeAtPath } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import { type GraphErrorOptions, ReferenceUseError } from './errors.ts'
import type { BuiltNode, GraphScope } from './graph-scope.ts'

/** What a reference stands for: an output of a node or an input of the graph, or a part of it. */
export interface RefData {
  readonly scope: GraphScope
  /** Absent for an input of the graph. */
  readonly node: BuiltNode | undefined
  readonly output: string
  readonly path: readonly PathStep[]
  readonly type: LiteralType
}

/** What is behind an object that the body of a workflow holds. */
export type Handle =
  | ({ readonly kind: 'value' } & RefData)
  /** A node with several outputs, or none. */
  | { readonly kind: 'node'; readonly scope: GraphScope; readonly node: BuiltNode }

const handles = new WeakMap<object, Handle>()

/** What a value of the body stands for, if it is a reference or a node. */
export function handleOf(value: unknown): Handle | undefined {
  return typeof value === 'object' && value !== null ? handles.get(value) : undefined
}

export function isReference(value: unknown): boolean {
  return handleOf(value) !== undefined
}

export function makeRef(data: RefData): object {
  return remember({ kind: 'value', ...data })
}

/** What a node gives to the body: a reference to its one value, or an object of its outputs. */
export function makeNodeHandle(node: BuiltNode): object {
  const { scope, outputs, isSingle } = node
  const [only] = outputs
  if (isSingle && only !== undefined) return makeRef({ scope, node, output: only[0], path: [], type: only[1] })
  return remember({ kind: 'node', scope, node })
}

/** The references to the outputs of a node that has several, by name. */
export function outputsOfNode({ scope, node }: { scope: GraphScope; node: BuiltNode }): Record<string, object> {
  const refs = [...node.outputs].map(([output, type]) => [output, makeRef({ scope, node, output, path: [], type })])
  return Object.fromEntries(refs) as Record<string, object>
}

function remember(handle: Handle): object {
  const proxy = new Proxy({ handle } as object, traps)
  handles.set(proxy, handle)
  return proxy
}

/** What people read about a reference: `n0.rows[0]`, `input x`. */
export function describeRef(handle: Handle): string {
  if (handle.kind === 'node') return handle.node.path
  const { node, output, path } = handle
  return `${node === undefined ? `input ${output}` : `${node.path}.${output}`}${formatPath(path)}`
}

const traps: ProxyHandler<object> = {
  get(target, key) {
    const { handle } = target as { handle: Handle }
    if (typeof key === 'symbol') return symbolOf(handle, key)
    // Whoever awaits a reference gets it back, instead of an error from deep inside.
    if (key === 'then') return undefined
    return handle.kind === 'node' ? outputOf(handle.node, key) : partOf(handle, key)
  },
  has: (target, key) => refuse(target, `asked whether it has ${String(key)} (in)`),
  ownKeys: (target) => refuse(target, 'asked for its keys, or spread'),
  set: (target, key) => refuse(target, `changed (${String(key)})`),
  deleteProperty: (target, key) => refuse(target, `changed (${String(key)})`),
  defineProperty: (target, key) => refuse(target, `changed (${String(key)})`),
  getOwnPropertyDescriptor: () => undefined,
}

function symbolOf(handle: Handle, key: symbol): unknown {
  if (key === Symbol.toPrimitive) return (hint: string) => used(handle, `made a ${hint === 'default' ? 'value' : hint}`)
  if (key === Symbol.iterator || key === Symbol.asyncIterator)
    return used(handle, 'iterated, or spread', 'A list can be read by index, mapped with mapOver, or given to dynamic.')
  return undefined
}

function outputOf(node: BuiltNode, key: string): unknown {
  const type = node.outputs.get(key)
  if (type !== undefined) return makeRef({ scope: node.scope, node, output: key, path: [], type })
  if (isOwnMethod(key)) return used({ kind: 'node', scope: node.scope, node }, ownMethods[key])
  const names = [...node.outputs.keys()]
  const place = placeOf(node)
  if (names.length === 0) throw new ReferenceUseError(`${node.what} returns nothing, so there is no ${key}`, place)
  const meant = closest(key, names)
  const question = meant === undefined ? '' : `; did you mean ${meant}?`
  throw new ReferenceUseError(`${node.what} has no output ${key}: it has ${names.join(', ')}${question}`, place)
}

function partOf(handle: Extract<Handle, { kind: 'value' }>, key: string): unknown {
  const { type, path } = handle
  const isList = type.type.case === 'collectionType'
  const step = isList && /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : key
  try {
    return makeRef({ ...handle, path: [...path, step], type: typeAtPath(type, [step]) })
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    if (isOwnMethod(key)) return used(handle, ownMethods[key])
    const what = `${describeRef(handle)} (${describeType(type)})`
    throw new ReferenceUseError(`${what}: ${error.message}`, {
      ...placeOf(handle.node, handle.scope),
      cause: error,
      hint: isList ? listHint : undefined,
    })
  }
}

const listHint = 'What a list has is known when the workflow runs: map over it with mapOver, or use dynamic.'

const ownMethods = {
  toJSON: 'written as JSON',
  toString: 'made a string',
  valueOf: 'made a value',
} as const

function isOwnMethod(key: string): key is keyof typeof ownMethods {
  return Object.hasOwn(ownMethods, key)
}

function refuse(target: object, how: string): never {
  return used((target as { handle: Handle }).handle, how)
}

function used(handle: Handle, how: string, hint?: string): never {
  const what = handle.kind === 'node' ? `${describeRef(handle)} (${handle.node.what})` : describeRef(handle)
  const type = handle.kind === 'node' ? 'a node' : `a reference of type ${describeType(handle.type)}`
  throw new ReferenceUseError(`${what} cannot be ${how}: it is ${type}, and has no value until the workflow runs`, {
    ...placeOf(handle.node, handle.scope),
    hint: hint ?? 'Pass it to a node, or compare it with eq, gt and the like in a condition of when.',
  })
}

function placeOf(node: BuiltNode | undefined, scope?: GraphScope): GraphErrorOptions {
  return { graph: (node?.scope ?? scope)?.build.name, node: node?.path, source: node?.source }
}
