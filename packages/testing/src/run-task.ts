import { randomUUID } from 'node:crypto'
import { type LocalOptions, type LocalRunHandle, run, type RunOptions, type Task } from '@tern/sdk'
import { type Answers, answerWith } from './answers.ts'
import { FakeClock } from './fake-clock.ts'

export interface TestRunOptions extends Omit<RunOptions, 'answerCondition' | 'mode' | 'local'> {
  /** What the run has its time from. Defaults to a new FakeClock, which goes on by itself. */
  readonly clock?: FakeClock | undefined
  /** The answers to its conditions. Defaults to none: a condition fails. */
  readonly answers?: Answers | undefined
  /** What else is said of local runs. The cache is one of its own in memory, unless `cacheFile` names another. */
  readonly local?: Omit<LocalOptions, 'clock'> | undefined
}

/** The inputs of a task, which may be left out when it has none, and options. */
export type TestRunArguments<I extends object> =
  Partial<I> extends I ? [inputs?: I, options?: TestRunOptions] : [inputs: I, options?: TestRunOptions]

/**
 * Runs a task in this process, as `run.local` does, with nothing left to chance or to wait for: time is told, results that are
 * cached are forgotten with the run, and what tasks print is in the logs of their attempts.
 *
 * @throws DataValidationError when the inputs do not fit the task
 */
export function runTask<I extends object, R>(
  task: Task<I, R>,
  ...[inputs, options = {}]: TestRunArguments<I>
): Promise<LocalRunHandle<R>> {
  const { clock = new FakeClock(), answers = {}, local, ...others } = options
  return runLocal<I, R>(task, inputs, {
    ...others,
    answerCondition: answerWith(answers),
    local: { cacheFile: `:memory:${randomUUID()}`, output: 'capture', ...local, clock },
  })
}

/** Whether inputs may be left out has been said already. */
function runLocal<I extends object, R>(task: Task<I, R>, inputs: I | undefined, options: RunOptions) {
  const start = run.local as unknown as (
    task: Task<I, R>,
    inputs: I | undefined,
    options: RunOptions,
  ) => Promise<LocalRunHandle<R>>
  return start(task, inputs, options)
}
