import { FailedPreconditionError, UnimplementedError } from '@tern/core'
import { checkRunKeys } from './check-run-options.ts'
import { currentScope } from './context.ts'
import { refuseInGraph } from './graph-hook.ts'
import type { LocalRunHandle } from '../local/local-run.ts'
import { isLoadedForTasks } from './process-role.ts'
import type { RunHandle, RunOptions } from './run-handle.ts'
import { toNamedInputs } from './positional.ts'
import type { TaskDefinition } from './task-definition.ts'
import { definitionOf, runTaskLocally, type Task } from './task.ts'

/** The inputs, which may be left out when every one has a default, and options. */
export type RunArguments<I extends object> = I extends readonly unknown[]
  ? [] extends I
    ? [inputs?: ListOf<I>, options?: RunOptions]
    : [inputs: ListOf<I>, options?: RunOptions]
  : NamedRunArguments<I>

type NamedRunArguments<I extends object> = keyof I extends never
  ? [inputs?: Record<string, never>, options?: RunOptions]
  : Partial<I> extends I
    ? [inputs?: I, options?: RunOptions]
    : [inputs: I, options?: RunOptions]

/** The arguments of a function in a list; of one that takes a single object, also the object itself. */
type ListOf<I extends readonly unknown[]> = Readonly<I> | (I extends readonly [(infer One)?] ? ObjectOnly<One> : never)

type ObjectOnly<T> = T extends readonly unknown[] | Date | string | number | bigint | boolean | null | undefined
  ? never
  : T

/**
 * Starts a run of a task on the configured server (see `configure`), or in this process with `{ mode: 'local' }`.
 *
 * @returns once the run exists; `await (await run(task, inputs)).outputs()` waits for its result
 * @throws DataValidationError when the inputs do not fit the task
 * @throws InvalidArgumentError naming the option that is wrong
 * @throws UnavailableError when no server can be reached
 */
export async function run<I extends object, R>(
  task: Task<I, R>,
  ...args: RunArguments<NoInfer<I>>
): Promise<RunHandle<R>> {
  const [given, options = {}] = args as unknown as [object?, RunOptions?]
  const definition = definitionOf(task)
  refuseWhileLoading(definition.name)
  checkRunKeys(options)
  if (options.mode === 'local') return runTaskLocally<R>(task, toNamedInputs(definition, given), options)
  // Loaded when they are needed, so that task code does not carry a client.
  const { startRemoteRun } = await import('@tern/sdk/client')
  const known = definition.untyped === undefined ? definition : await lookAtTypes(definition, given)
  return startRemoteRun<R>(known, toNamedInputs(known, given), options)
}

/** Runs a task in this process, with nothing else: `run` with the mode `local`. */
run.local = async function runLocal<I extends object, R>(
  task: Task<I, R>,
  ...args: RunArguments<NoInfer<I>>
): Promise<LocalRunHandle<R>> {
  const [given, options = {}] = args as unknown as [object?, RunOptions?]
  const definition = definitionOf(task)
  refuseWhileLoading(definition.name)
  checkRunKeys(options)
  return runTaskLocally<R>(task, toNamedInputs(definition, given), options)
}

async function lookAtTypes(definition: TaskDefinition, given: unknown): Promise<TaskDefinition> {
  const { derivedDefinition } = await import('@tern/sdk/bundle')
  return derivedDefinition(definition, given)
}

// A worker loads the file for its tasks: a run that the file starts by itself would start runs without end.
function refuseWhileLoading(taskName: string): void {
  refuseInGraph(`run(${taskName})`)
  if (!isLoadedForTasks()) return
  if (currentScope() === undefined) {
    throw new FailedPreconditionError(
      `run(${taskName}) was called while the file of the task was loaded for its tasks`,
      {
        hint: 'Start runs only when the file is the main module: if (import.meta.main) await run(…).',
      },
    )
  }
  throw new UnimplementedError(`run(${taskName}) was called inside a task`, {
    hint: 'Call the task to make it a part of this run, or task.detached(inputs) to start a run of its own.',
  })
}
