import type { TaskFunction } from '../authoring/task-definition.ts'
import { AsyncLocalStorage } from 'node:async_hooks'

/** What stands in for tasks, by their full names. */
export type Mocks = ReadonlyMap<string, TaskFunction>

// Of the process, not of this module: whoever mocks may have another copy of the SDK than the tasks.
const key: unique symbol = Symbol.for('tern.mocks') as never
const holder = globalThis as { [key]?: AsyncLocalStorage<Mocks> }

function storage(): AsyncLocalStorage<Mocks> {
  return (holder[key] ??= new AsyncLocalStorage<Mocks>())
}

/** The function that stands in for a task in the code that runs here. */
export function mockOf(task: string): TaskFunction | undefined {
  return holder[key]?.getStore()?.get(task)
}

/** The mocks of the code that runs here. */
export function currentMocks(): Mocks {
  return storage().getStore() ?? new Map()
}

/** Mocks for the code that runs from here on, in this asynchronous context and what it starts. */
export function enterMocks(mocks: Mocks): void {
  storage().enterWith(mocks)
}

/** Mocks for `body` alone. */
export function withMocks<T>(mocks: Mocks, body: () => T): T {
  return storage().run(mocks, body)
}
