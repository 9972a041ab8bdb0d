import type { TaskFailure } from '../task-error.ts'

/** Something that a node's inputs, or the outputs of a graph, cannot be made of. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
  readonly code: WorkflowFailureCode

  constructor(message: string, code: WorkflowFailureCode = 'WorkflowValueError') {
    super(message)
    this.code = code
  }
}

/** What workflows fail with of themselves, beside what their tasks fail with. */
export const workflowFailureCodes = [
  'ApprovalRejected',
  'BranchFailed',
  'DynamicGraphInvalid',
  'MapFailed',
  'MapLengthMismatch',
  'WorkflowValueError',
] as const

export type WorkflowFailureCode = (typeof workflowFailureCodes)[number]

/** The same inputs lead to the same failure: no further attempt mends it. */
export function workflowFailure(code: WorkflowFailureCode, message: string, cause?: TaskFailure): TaskFailure {
  return { code, message, kind: 'user', recoverable: false, ...(cause !== undefined && { cause }) }
}

/** A node that failed, and why. */
export interface NodeFailure {
  /** Of the node that failed itself, not of those that failed with it. */
  readonly path: string
  readonly failure: TaskFailure
  /** The number of the attempt that failed, and the name of its action, where it had one. */
  readonly attempt?: number | undefined
  readonly action?: string | undefined
}

/** What a workflow fails with when a node has failed. */
export function failureOfNode({ path, failure }: NodeFailure): TaskFailure {
  return {
    ...failure,
    message: `node ${path} failed: ${failure.message}`,
    // What the system could not run has had its attempts.
    recoverable: failure.recoverable && failure.kind === 'user',
  }
}
