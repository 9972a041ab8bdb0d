import { isTernError, type TaskFailure, type TaskFailedError, toTaskFailure } from '@tern/core'
import { joinStack, readableStack, splitStack } from './stack-paths.ts'

/**
 * What a task threw, as data, with stacks that its author can use.
 *
 * @param bundleUrl the module that the task's code was loaded from, if it came in a bundle
 */
export function toReadableFailure(thrown: unknown, bundleUrl: string | undefined): TaskFailure {
  const failure = readable(toTaskFailure(thrown), bundleUrl)
  return isFailureOfChild(thrown) ? withChildStack(failure, thrown.remoteStack ?? '') : failure
}

function readable(failure: TaskFailure, bundleUrl: string | undefined): TaskFailure {
  const { stack, cause } = failure
  return {
    ...failure,
    ...(stack === undefined ? {} : { stack: readableStack(named(stack, failure), bundleUrl) }),
    ...(cause === undefined ? {} : { cause: readable(cause, bundleUrl) }),
  }
}

// Few error classes set a name, and then the stack begins with that of the class they extend.
function named(stack: string, { code, message }: TaskFailure): string {
  const head = `Error: ${message}`
  return stack.startsWith(head) ? `${code}: ${message}${stack.slice(head.length)}` : stack
}

function isFailureOfChild(thrown: unknown): thrown is TaskFailedError {
  return isTernError(thrown) && thrown.name === 'TaskFailedError' && 'remoteStack' in thrown
}

// A failure that a parent lets pass was thrown in the child: its frames come first, then those of who waited for it.
function withChildStack(failure: TaskFailure, childStack: string): TaskFailure {
  const child = splitStack(childStack)
  const own = splitStack(failure.stack ?? '')
  return { ...failure, stack: joinStack(child.head, [...child.frames, ...own.frames]) }
}
