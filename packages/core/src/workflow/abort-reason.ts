import type { TaskFailure } from '../task-error.ts'

/** Why something was aborted that a failed node made useless. */
export function abortReason(failedPath: string): string {
  return `${abortReasonStart}${failedPath} failed`
}

/** What a workflow fails with inside of another in which a node has failed. */
export function abortedFailure(failedPath: string): TaskFailure {
  return { code: 'ActionAbortedError', message: abortReason(failedPath), kind: 'user', recoverable: false }
}

const abortReasonStart = 'aborted, since node '

/** Whether a failure is the end of something that an execution of a workflow aborted itself. */
export function isAbortOfWorkflow({ code, message }: TaskFailure): boolean {
  return code === 'ActionAbortedError' && message.startsWith(abortReasonStart)
}
