import type { AnyTask, Task, TaskContext } from '@tern/sdk'
import { definitionOf, enterMock, type Mock } from '@tern/sdk/internal'

/** What stands in for a task: it gets what the task's function gets, with what callers may leave out filled in. */
export type MockFunction<T extends AnyTask> =
  T extends Task<infer I, infer R>
    ? I extends readonly unknown[]
      ? (...args: I) => R | Promise<R>
      : (inputs: I, context: TaskContext) => R | Promise<R>
    : never

/** A task that is replaced. */
export interface MockedTask<T extends AnyTask> extends Disposable {
  /** What it was called with so far, in order. */
  readonly calls: readonly Parameters<MockFunction<T>>[]
  /** Puts the task back. Harmless when that is done already. */
  restore(): void
}

/**
 * Replaces a task, in the test that calls it and in the runs that the test starts after that: wherever the task is called
 * there, as an action or as a plain function, `fn` is called in its place. Inputs and results are checked as ever, it is an
 * action like others with its retries and limits of time, and its results are not cached.
 *
 * Tests that run at the same time do not see each other's. With `using` the task is back at the end of the block:
 *
 *     using predict = mockTask(model.predict, () => 1)
 *
 * @throws TypeError when `task` is not a task
 */
export function mockTask<T extends AnyTask>(task: T, fn: MockFunction<T>): MockedTask<T> {
  const { name } = definitionOf(task)
  const calls: Parameters<MockFunction<T>>[] = []
  const mock: Mock = {
    task: name,
    isActive: true,
    run: (...args) => {
      calls.push(args as Parameters<MockFunction<T>>)
      return (fn as (...given: readonly unknown[]) => unknown)(...args)
    },
  }
  enterMock(mock)
  const restore = () => {
    mock.isActive = false
  }
  return { calls, restore, [Symbol.dispose]: restore }
}
