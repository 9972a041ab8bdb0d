import { create } from '@bufbuild/protobuf'
import { type DurationInput, durationMs, toLiteral, literalTypes, toProtoDuration } from '@tern/core'
import { ConditionActionSchema, ConditionPromptType } from '@tern/idl/workflow'
import type { OutputOf, Schema } from '../types/standard-schema.ts'
import { isSchema } from '../types/standard-schema.ts'
import { codecFor } from '../types/schema-codec.ts'
import { useRef } from './bind-references.ts'
import { GraphError } from './errors.ts'
import { type BuiltNode, requireGraph } from './graph-scope.ts'
import { checkNodeOptions, readOptions } from './node-options.ts'
import type { NodeOptions, Ref, Reference, ValueOf, VoidNode } from './reference-types.ts'
import { describeRef, handleOf, makeNodeHandle, outputsOfNode, type RefData } from './references.ts'
import { toBinding } from './taker.ts'
import { literalValue, toReference } from './wire-values.ts'

/** What a workflow asks for where it waits, and for how long. */
export interface GateOptions extends Omit<NodeOptions, 'name'> {
  /** How long it waits before it fails. Defaults to an hour. */
  readonly timeout?: DurationInput | undefined
  /** What is asked. */
  readonly prompt?: string | undefined
  /** How the prompt is written. Defaults to `'text'`. */
  readonly promptType?: 'text' | 'markdown' | undefined
  readonly description?: string | undefined
}

/** What is to be approved, and how long a workflow waits for it. */
export interface ApproveOptions extends GateOptions {
  /** Names it among what the workflow asks for. Defaults to the id of the node. */
  readonly name?: string | undefined
}

const gateOptions: readonly string[] = [
  'nodeName',
  'after',
  'timeout',
  'prompt',
  'promptType',
  'description',
] satisfies (keyof GateOptions)[]
const approveOptions = ['name', ...gateOptions]

const usualTimeoutMs = 3_600_000

/**
 * Waits until somebody approves of a value, and gives the same value on. A refusal fails the workflow.
 *
 * @throws GraphError for an input of the workflow, and for a node that gives nothing
 */
export function approve<N extends Reference<unknown>>(value: N, options: ApproveOptions = {}): Ref<ValueOf<N>> {
  const scope = requireGraph('approve', approve)
  readOptions(scope, options, approve, () => checkNodeOptions('approve', options, { allowed: approveOptions }))
  const { name } = options
  const node = scope.add({ what: 'approve', options, callee: approve })
  const handle = handleOf(value)
  if (handle === undefined) {
    throw new GraphError('approve takes what a node gives', {
      ...node.place,
      hint: 'Call it as approve(value, options), where value is what .node() returned.',
    })
  }
  if (handle.node === undefined) {
    throw new GraphError(`approve cannot ask about ${describeRef(handle)}: it is given before the workflow starts`, {
      ...node.place,
      hint: 'Approve of what a node gives.',
    })
  }
  const refs: readonly RefData[] =
    handle.kind === 'value' ? [handle] : Object.values(outputsOfNode(handle)).map((ref) => handleOf(ref) as RefData)
  if (refs.length === 0) throw new GraphError(`approve: ${handle.node.what} returns nothing`, node.place)
  for (const ref of refs) useRef(ref, { scope, node, place: node.place })
  node.inputs = refs.map((ref) => toBinding(ref.output, toReference(ref)))
  node.outputs = new Map(refs.map(({ output, type }) => [output, type]))
  node.isSingle = handle.kind === 'value'
  node.declaresOutputs = true
  const condition = conditionOf(node, name ?? node.path, literalTypes.boolean(), 'Approve?', options)
  node.toKind = () => ({ case: 'approval', value: { condition } })
  return makeNodeHandle(node) as Ref<ValueOf<N>>
}

/**
 * Waits until somebody gives a value.
 *
 * @param name of the value among what the workflow asks for
 * @param schema of the value
 */
export function signal<S extends Schema>(name: string, schema: S, options: GateOptions = {}): Ref<OutputOf<S>> {
  const scope = requireGraph('signal', signal)
  readOptions(scope, options, signal, () => checkNodeOptions('signal', options, { allowed: gateOptions }))
  const node = scope.add({ what: `signal ${JSON.stringify(name)}`, options: { ...options, name }, callee: signal })
  if (!isSchema(schema)) throw new GraphError('signal needs the schema of its value, such as z.string()', node.place)
  const { type } = codecFor(schema, name)
  node.outputs = new Map([['o0', type]])
  node.isSingle = true
  node.declaresOutputs = true
  const condition = conditionOf(node, name, type, `Value of ${name}?`, options)
  node.toKind = () => ({ case: 'signal', value: { condition } })
  return makeNodeHandle(node) as Ref<OutputOf<S>>
}

/** Waits, without anybody doing anything. Put it between others with `chain`, or the option `after`. */
export function sleep(duration: DurationInput, options: NodeOptions = {}): VoidNode {
  const scope = requireGraph('sleep', sleep)
  readOptions(scope, options, sleep, () => checkNodeOptions('sleep', options))
  const node = scope.add({ what: 'sleep', options: { name: 'sleep-gate', ...options }, callee: sleep })
  const ms = milliseconds(node, 'the duration of sleep', duration)
  const literal = toLiteral({ milliseconds: ms }, literalTypes.duration())
  node.inputs = [toBinding('duration', literalValue(literal))]
  node.toKind = () => ({ case: 'sleep', value: {} })
  return makeNodeHandle(node) as VoidNode
}

function conditionOf(
  node: BuiltNode,
  name: string,
  type: ReturnType<typeof literalTypes.boolean>,
  usualPrompt: string,
  { timeout, prompt = usualPrompt, promptType = 'text', description = '' }: GateOptions,
) {
  if (typeof name !== 'string' || name === '') throw new GraphError(`${node.what} needs a name`, node.place)
  const other = node.scope.build.gates.get(name)
  if (other !== undefined) {
    const first = other.source === undefined ? '' : `, the first at ${other.source}`
    throw new GraphError(`two gates have the name ${name}${first}`, {
      ...node.place,
      hint: 'Answers are given by name: choose another.',
    })
  }
  node.scope.build.gates.set(name, node)
  const timeoutMs = timeout === undefined ? usualTimeoutMs : milliseconds(node, 'timeout', timeout)
  return create(ConditionActionSchema, {
    name,
    type,
    prompt,
    description,
    promptType: promptType === 'text' ? ConditionPromptType.TEXT : ConditionPromptType.MARKDOWN,
    timeout: toProtoDuration(timeoutMs),
  })
}

function milliseconds(node: BuiltNode, what: string, duration: DurationInput): number {
  if (handleOf(duration) !== undefined) throw new GraphError(`${what} cannot be a reference`, node.place)
  const ms = durationMs(duration, what)
  if (ms > 0) return ms
  throw new GraphError(`${what} must be longer than nothing, got ${JSON.stringify(duration)}`, node.place)
}
