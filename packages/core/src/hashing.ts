import { hash } from '#platform'
import type { Literal, TypedInterface, VariableMap } from '@tern/idl/core'
import { LiteralSchema, TypedInterfaceSchema } from '@tern/idl/core'
import type { NamedLiteral } from '@tern/idl/task'
import { ByteWriter } from './byte-writer.ts'
import { compareText } from './compare-text.ts'
import { toBinaryDeterministic } from './deterministic.ts'
import { canonicalMsgpack } from './msgpack-canonical.ts'
import { writePrimitiveLiteral } from './primitive-bytes.ts'

// Names and keys made here agree with those of Flyte's other SDKs, so nothing in this file may change its results.

/** The SHA-256 of bytes (or of a text's UTF-8) in padded base64: the hash that all keys are made with. */
export function sha256Base64(data: Uint8Array | string): string {
  return hash('sha256', data, 'base64')
}

/** The bytes that stand for a literal in hashes: its own hash if it has one, else a canonical serialisation. */
export function literalRepresentation(literal: Literal): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter()
  appendRepresentation(out, literal)
  return out.bytes()
}

// Hashing runs for each child action, and never calls itself: one buffer serves all of it.
const scratch = new ByteWriter(4096)

/**
 * The hash of an action's inputs, in the order they have; empty without inputs.
 *
 * @param ignored names of inputs that do not count (`ignored_inputs` of the task's cache)
 */
export function inputsHash(literals: readonly NamedLiteral[], ignored: readonly string[] = []): string {
  scratch.reset()
  for (const { name, value } of literals) {
    if (ignored.length > 0 && ignored.includes(name)) continue
    scratch.utf8(name)
    scratch.u8(colon)
    if (value !== undefined) appendRepresentation(scratch, value)
    scratch.u8(semicolon)
  }
  return scratch.length === 0 ? '' : sha256Base64(scratch.view())
}

const colon = 0x3a
const semicolon = 0x3b

/** The hash of a task's interface, whatever the order of its variables. Descriptions count. */
export function interfaceHash(typedInterface: TypedInterface | undefined): string {
  const sorted: TypedInterface = { $typeName: 'flyteidl2.core.TypedInterface' }
  if (typedInterface?.inputs !== undefined) sorted.inputs = sortedVariables(typedInterface.inputs)
  if (typedInterface?.outputs !== undefined) sorted.outputs = sortedVariables(typedInterface.outputs)
  return sha256Base64(toBinaryDeterministic(TypedInterfaceSchema, sorted))
}

/** What a child action's name depends on from the task: its name, its interface and its code's version. */
export function taskIdentity(task: { taskName: string; interfaceHash: string; discoveryVersion: string }): string {
  return sha256Base64(`${task.taskName}-${task.interfaceHash}-${task.discoveryVersion}`)
}

export interface SubActionNameParts {
  /** The action that calls; inside a trace, the trace's pseudo-action. */
  readonly parent: string
  /** Of the inputs that count. */
  readonly inputsHash: string
  /** From `taskIdentity`; for a trace or condition, what stands for it. */
  readonly taskIdentity: string
  /** Counts calls with equal task, inputs and group within the parent, from 1. */
  readonly seq: number
  readonly group?: string | undefined
}

/** The name of a child action: the same parent, task, inputs and count give the same name in every attempt. */
export function subActionName(parts: SubActionNameParts): string {
  const group = parts.group === undefined || parts.group === '' ? '' : `-${parts.group}`
  const digest = hash('md5', `${parts.parent}-${parts.inputsHash}-${parts.taskIdentity}-${parts.seq}${group}`, 'hex')
  return BigInt(`0x${digest}`).toString(36)
}

/** The name of a trace's action. `codeDigest` is a hash of the traced function's source, if it counts. */
export function traceActionName(
  parts: Omit<SubActionNameParts, 'taskIdentity'> & { functionName: string; codeDigest?: string | undefined },
): string {
  const identity = parts.codeDigest === undefined ? parts.functionName : `${parts.functionName}-${parts.codeDigest}`
  return subActionName({ ...parts, taskIdentity: identity })
}

/** The key under which an action's outputs are cached. */
export function cacheKey(parts: {
  /** Of the inputs that count. */
  inputsHash: string
  taskName: string
  interfaceHash: string
  /** The task's `discovery_version`. */
  cacheVersion: string
}): string {
  return sha256Base64(`${parts.inputsHash}${parts.taskName}${parts.interfaceHash}${parts.cacheVersion}`)
}

function appendRepresentation(out: ByteWriter, given: Literal): void {
  const literal = previewKey in given.metadata ? withoutPreview(given) : given
  if (literal.hash !== '') return out.utf8(literal.hash)
  if (writePrimitiveLiteral(out, literal)) return
  const { value } = literal
  if (value.case === 'collection') {
    for (const item of value.value.literals) appendRepresentation(out, item)
  } else if (value.case === 'map') {
    appendMap(out, value.value.literals)
  } else {
    out.raw(toBinaryDeterministic(LiteralSchema, withCanonicalBinary(literal)))
  }
}

/** In a literal's metadata: what consoles show of a value that they cannot read. It is no part of the value. */
export const previewKey = 'preview'

function withoutPreview(literal: Literal): Literal {
  const { [previewKey]: _, ...metadata } = literal.metadata
  return { ...literal, metadata }
}

function appendMap(out: ByteWriter, literals: Readonly<Record<string, Literal>>): void {
  for (const key of Object.keys(literals).sort(compareText)) {
    out.utf8(key)
    appendRepresentation(out, literals[key] as Literal)
  }
}

function withCanonicalBinary(literal: Literal): Literal {
  const scalar = literal.value.case === 'scalar' ? literal.value.value : undefined
  if (scalar?.value.case !== 'binary' || scalar.value.value.tag !== 'msgpack') return literal
  const binary = scalar.value.value
  // What is no msgpack counts as the bytes it is.
  const value = canonicalMsgpack(binary.value) ?? binary.value
  return {
    ...literal,
    value: { case: 'scalar', value: { ...scalar, value: { case: 'binary', value: { ...binary, value } } } },
  }
}

function sortedVariables(map: VariableMap): VariableMap {
  return { ...map, variables: [...map.variables].sort((a, b) => compareText(a.key, b.key)) }
}
