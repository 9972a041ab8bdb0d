import type { CustomContext } from '../types/inputs-context.ts'
import { checkCustomContext } from './check-custom-context.ts'
import { currentScope, runInScope, type TaskContext } from './context.ts'

/**
 * Adds texts by name to what flows from this action to those that `body` starts, and from these to the ones below them, whatever
 * language they are in: they find it in `ctx().customContext`, Python's in `flyte.get_custom_context()`. It is no input: neither
 * the names of actions nor cached results depend on it. Outside of every task it changes nothing; a run begins with that of its
 * option `customContext`.
 *
 * @throws InvalidArgumentError when a value is no text
 */
export function customContext<T>(values: CustomContext, body: () => T): T {
  checkCustomContext(values)
  const scope = currentScope()
  if (scope === undefined) return body()
  const merged = Object.freeze({ ...scope.context.customContext, ...values })
  // All else of the context is as it was, and read when it is asked for.
  const context = Object.create(scope.context, { customContext: { value: merged, enumerable: true } }) as TaskContext
  return runInScope({ ...scope, context }, body)
}
