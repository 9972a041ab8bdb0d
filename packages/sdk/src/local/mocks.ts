import { AsyncLocalStorage } from 'node:async_hooks'
import { toFunctionArguments } from '../authoring/positional.ts'
import type { TaskDefinition, TaskFunction } from '../authoring/task-definition.ts'

/** Something that stands in for a task, for as long as it is active. */
export interface Mock {
  readonly task: string
  readonly run: (...args: readonly unknown[]) => unknown
  isActive: boolean
}

/** In the order in which they were made: the last one that is active counts. */
export type Mocks = readonly Mock[]

// Of the process, not of this module: whoever mocks may have another copy of the SDK than the tasks.
const key: unique symbol = Symbol.for('tern.mocks') as never
const holder = globalThis as { [key]?: AsyncLocalStorage<Mocks> }

/** The mocks of the code that runs here. */
export function currentMocks(): Mocks {
  return holder[key]?.getStore() ?? []
}

/** Adds a mock for the code that runs from here on, in this asynchronous context and in what it starts. */
export function enterMock(mock: Mock): void {
  const mocks = currentMocks().filter(({ isActive }) => isActive)
  holder[key] ??= new AsyncLocalStorage<Mocks>()
  holder[key].enterWith([...mocks, mock])
}

/** What stands in for a task, if anything does. */
export function mockOf({ name, parameters }: TaskDefinition, mocks: Mocks): TaskFunction | undefined {
  const mock = mocks.findLast(({ task, isActive }) => isActive && task === name)
  if (mock === undefined) return undefined
  if (parameters === undefined) return mock.run
  return (inputs, context) => mock.run(...toFunctionArguments(parameters, inputs, context))
}
