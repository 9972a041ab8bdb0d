import { type TaskFailure, toTaskFailure } from '@tern/core'
import { readableStack } from './stack-paths.ts'

/**
 * What a task threw, as data, with stacks that its author can use.
 *
 * @param bundleUrl the module that the task's code was loaded from, if it came in a bundle
 */
export function toReadableFailure(thrown: unknown, bundleUrl: string | undefined): TaskFailure {
  const failure = toTaskFailure(thrown)
  return bundleUrl === undefined ? failure : readable(failure, bundleUrl)
}

function readable(failure: TaskFailure, bundleUrl: string): TaskFailure {
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
