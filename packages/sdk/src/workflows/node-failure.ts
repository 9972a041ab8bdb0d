import { literalTypes } from '@tern/core'
import { identity } from '../types/codec.ts'
import { structCodec } from '../types/composite-codecs.ts'
import type { Schema } from '../types/standard-schema.ts'
import { addTransformer } from '../types/transformers.ts'

/** What the failure handler of a workflow is told. */
export interface NodeFailure {
  readonly message: string
  /** Path of the node that failed first, e.g. `n2/then0/n1`. */
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
const codec = structCodec(
  literalTypes.struct({
    title: 'NodeFailure',
    type: 'object',
    properties: {
      message: text,
      failedNodeId: text,
      code: text,
      kind: text,
      attempt: { type: 'integer' },
      action: text,
    },
    required: ['message', 'failedNodeId', 'code', 'kind', 'attempt', 'action'],
  }),
  identity,
)

/** The schema of what a failure handler is told: `inputs: { …, err: nodeFailure }`. */
export const nodeFailure: Schema<NodeFailure> = {
  '~standard': { version: 1, vendor: 'tern', validate: (value) => ({ value: value as NodeFailure }) },
}
addTransformer(nodeFailure, { codec: () => codec, plain: () => codec.plain })
