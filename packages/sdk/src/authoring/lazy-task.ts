import { checkTaskName, checkTaskVersion, FailedPreconditionError } from '@tern/core'
import { openSchema, readOpenOutputs } from '../io/open-values.ts'
import { FunctionKind } from '../kinds/function-kind.ts'
import { bindInterface, type TaskInterface } from '../types/task-interface.ts'
import { checkKeys } from './check-values.ts'
import { declaredOptions } from './effective-options.ts'
import { type AnyTask, createTask, type Task } from './task.ts'

/** What can be said of a deployed task beside its name. */
export interface LazyTaskOptions {
  /** Defaults to the version that is the latest when the call is made. */
  readonly version?: string | undefined
}

/**
 * A deployed task of which nothing but the name is known here: its interface is looked up where it is called. With the type of
 * the task, it is called as that is, and none of its code comes along:
 *
 *     import type { train } from './training.ts'
 *     const remoteTrain = lazyTask<typeof train>('training.train')
 *
 * The server makes inputs what the task declares, and refuses what cannot be made that. Outputs come back as they say themselves
 * what they are; inside of objects, that is what JSON has. `deployedTask` with schemas checks before, and knows more types.
 *
 * @throws InvalidArgumentError when the name or the version cannot be one
 */
export function lazyTask<T extends AnyTask = Task<Record<string, unknown>, unknown>>(
  name: string,
  options: LazyTaskOptions = {},
): T {
  checkTaskName(name, 'name')
  checkKeys(options, new Set(['version']), `lazy task ${name}`)
  const { version = '' } = options
  if (version !== '') checkTaskVersion(version, 'version')
  const environment = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  const functionName = name.slice(name.lastIndexOf('.') + 1)
  const task = createTask({
    environment: { name: environment, options: { name: environment } },
    name,
    functionName,
    deployed: { version, overridden: [] },
    kind: new FunctionKind(() => undefined),
    run: () => {
      throw new FailedPreconditionError(`task ${name} is deployed on a server, and its code is not here`, {
        hint: 'Call it from a task that runs on the server, or import the task where it is called.',
      })
    },
    docs: {},
    interface: openInterface(name, []),
    interfaceFor: (names) => openInterface(name, names),
    options: declaredOptions({ name: environment }, { name: functionName }),
  })
  return task as unknown as T
}

/** What a task takes as far as a call says it. */
function openInterface(name: string, inputs: readonly string[]): TaskInterface {
  const schemas = Object.fromEntries(inputs.map((input) => [input, openSchema]))
  const bound = bindInterface(name, { inputs: schemas })
  const { owner, outputs, outputKind, typed, hash } = bound
  return { owner, inputs: bound.inputs, outputs, outputKind, typed, hash, readOutputs: readOpenOutputs }
}
