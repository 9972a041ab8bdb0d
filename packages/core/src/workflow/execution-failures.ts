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
  /** What failed beside it, in the order of the graph. */
  readonly others?: ReadonlyArray<NodeFailure> | undefined
}

/** Of several nodes that failed, the first in the graph, with the others. */
export function firstOf(failures: ReadonlyArray<NodeFailure>): NodeFailure | undefined {
  const [first, ...others] = failures.flatMap((each) => [each, ...(each.others ?? [])])
  return first === undefined || failures.length === 1 ? failures[0] : { ...first, others }
}

/** What a workflow fails with when a node has failed. */
export function failureOfNode({ path, failure, others = [] }: NodeFailure): TaskFailure {
  return {
    ...failure,
    message: `node ${path} failed: ${failure.message}${othersText(others)}`,
    // What the system could not run has had its attempts.
    recoverable: failure.recoverable && failure.kind === 'user',
  }
}

const namedOthers = 3

function othersText(others: ReadonlyArray<NodeFailure>): string {
  if (others.length === 0) return ''
  const named = others.slice(0, namedOthers).map(({ path }) => path)
  const more = others.length - named.length
  return ` (and so did ${named.join(', ')}${more === 0 ? '' : ` and ${more} more`})`
}
