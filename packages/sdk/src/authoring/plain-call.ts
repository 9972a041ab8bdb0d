import type { ChildCall } from './context.ts'
import { runInScope } from './context.ts'
import type { AnyFunction } from './derived-task.ts'
import { directScope } from './direct-call.ts'
import { sourceParameters } from './function-parameters.ts'

// A file that is loaded as it is, by Node or a test runner, has functions of whose types nothing is known. Outside of a run they
// can be called all the same.

/**
 * Whether a call is one of a function that takes its inputs as they are written. A function that declares nothing gets an
 * empty object, so that one with arguments, or with a default for its first parameter, is none of those.
 */
export function isPlainCall(fn: AnyFunction, args: readonly unknown[]): boolean {
  const [first] = args
  if (first !== undefined && !isEmptyObject(first)) return true
  return /^(?:[\w$]+|[[{].*[\]}])\s*=[^>]/s.test(sourceParameters(fn)[0] ?? '')
}

/** Calls a function with its arguments as they are, and what is missing at the end: its context, or its signal. */
export async function callPlainly(fn: AnyFunction, args: readonly unknown[], call: ChildCall): Promise<unknown> {
  const scope = directScope(call)
  const parameters = sourceParameters(fn)
  const given = [...args]
  if (fn.length === parameters.length && args.length === fn.length - 1) {
    given.push(parameters.at(-1) === 'signal' ? scope.context.signal : scope.context)
  }
  return runInScope(scope, () => fn(...(given as never[])))
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}
