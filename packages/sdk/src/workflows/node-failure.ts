import { literalTypes } from '@tern/core'
import { identity } from '../types/codec.ts'
import { structCodec } from '../types/composite-codecs.ts'
import type { Schema } from '../types/standard-schema.ts'
import { addTransformer } from '../types/transformers.ts'

/** What the failure handler of a workflow is told: of several nodes that failed, about the first in the graph. */
export interface NodeFailure extends FailedNode {
  /** All nodes that failed, in the order of the graph; of more than a hundred, the first hundred. */
  readonly failures: readonly FailedNode[]
}

/** A node that failed, and why. */
export interface FailedNode {
  readonly message: string
  /** Path of the node, e.g. `n2/then0/n1`. */
  readonly failedNodeId: string
  /** The name of the error, where it is known. */
  readonly code: string
  /** Whose fault it is: `user` or `system`. */
  readonly kind: string
  /** Its last one, from 1; 0 for a node that has none. */
  readonly attempt: number
  /** The name of its action; empty for a node that has none. */
  readonly action: string
}

const text = { type: 'string' }
const properties = {
  message: text,
  failedNodeId: text,
  code: text,
  kind: text,
  attempt: { type: 'integer' },
  action: text,
}
const required = Object.keys(properties)
const failures = { type: 'array', items: { title: 'FailedNode', type: 'object', properties, required } }
const codec = structCodec(
  literalTypes.struct({
    title: 'NodeFailure',
    type: 'object',
    properties: { ...properties, failures },
    required: [...required, 'failures'],
  }),
  identity,
)

/** The schema of what a failure handler is told: `inputs: { …, err: nodeFailure }`. */
export const nodeFailure: Schema<NodeFailure> = {
  '~standard': { version: 1, vendor: 'tern', validate: (value) => ({ value: value as NodeFailure }) },
}
addTransformer(nodeFailure, { codec: () => codec, plain: () => codec.plain })
