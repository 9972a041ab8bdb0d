import type { TaskFailure } from '../../task-error.ts'
import type { Workflow } from '@tern/idl/graph'
import type { LiteralBytes } from '../literal-bytes.ts'
import type { StartEffect, WorkflowEffect } from '../effects.ts'
import { WorkflowExecution } from '../execution.ts'
import { decoded, inputs, int, outputs, task, type Types } from './graph-parts.ts'

/** Drives an execution by hand. */
export class Driver {
  readonly started = new Map<string, StartEffect>()
  readonly order: string[] = []
  readonly aborted: string[] = []
  readonly reads: string[] = []
  result: Record<string, unknown> | undefined
  failure: TaskFailure | undefined
  readonly execution: WorkflowExecution
  #now = 1000

  constructor(of: Workflow, given: Readonly<Record<string, unknown>> = {}, types: Types = {}) {
    this.execution = new WorkflowExecution(of, inputs(given, types))
    this.#take(this.execution.start(this.#now))
  }

  ok(key: string, values: Readonly<Record<string, unknown>> = {}, types: Types = {}): this {
    return this.okBytes(key, outputs(values, types))
  }

  okBytes(key: string, bytes: Uint8Array): this {
    this.#take(this.execution.ended(key, { outputs: bytes }, (this.#now += 10)))
    return this
  }

  fail(key: string, message = 'boom', more: Partial<TaskFailure> = {}): this {
    const failure: TaskFailure = { code: 'Error', message, kind: 'user', recoverable: true, ...more }
    this.#take(this.execution.ended(key, { failure, attempt: 2, action: `action of ${key}` }, (this.#now += 10)))
    return this
  }

  /** Gives what was asked for with a `read`, or says why not. */
  found(uri: string, found: LiteralBytes | { readonly refused: string }): this {
    this.#take(this.execution.read(uri, found, (this.#now += 10)))
    return this
  }

  given(key: string): Record<string, unknown> {
    return decoded(this.started.get(key)!.inputs)
  }

  get states(): Record<string, string> {
    return Object.fromEntries([...this.execution.statuses()].map(({ path, state }) => [path, state]))
  }

  #take(effects: ReadonlyArray<WorkflowEffect>): void {
    for (const effect of effects) {
      if (effect.type === 'start') {
        this.started.set(effect.key, effect)
        this.order.push(effect.key)
      } else if (effect.type === 'abort') this.aborted.push(effect.key)
      else if (effect.type === 'succeed') this.result = decoded(effect.outputs)
      else if (effect.type === 'fail') this.failure = effect.failure
      else this.reads.push(effect.uri)
    }
  }
}

export const add = task({ a: int, b: int }, { sum: int }, 'add')
export const one = task({ x: int }, { y: int }, 'one')
export const nothing = task({}, {}, 'nothing')
