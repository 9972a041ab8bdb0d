import { createHash } from 'node:crypto'
import { FailedPreconditionError } from '@tern/core'
import type { TaskTemplate } from '@tern/idl/core'
import type { TaskContext } from '../authoring/context.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { SecretRequest } from '../authoring/task-options.ts'
import type { SpecLocation } from '../authoring/task-spec.ts'

/** A task of a kind: its name, interface and options. */
export type KindTask = Omit<TaskDefinition, 'kind' | 'run'>

/**
 * What a task is beside its name, its interface and its options: how the wire describes it, and what executes it. An object of
 * a kind holds the configuration of one task, such as its command or its query.
 *
 * This is the class to extend for a kind that the backend executes. One that workers execute, with code that comes along in the
 * bundle, extends `CodeKind`. Either is declared with `env.taskOf(kind, options)`.
 */
export abstract class TaskKind {
  /** The type of its tasks on the wire, by which the backend chooses what executes them. */
  abstract readonly type: string

  /** Secrets that tasks of this kind need, beside those of their environment. */
  get secrets(): readonly Exclude<SecretRequest, string>[] {
    return []
  }

  /** What a time limit of such a task limits that is a plain duration: one attempt, or all of them together. */
  get plainTimeout(): 'maxRuntime' | 'deadline' {
    return 'maxRuntime'
  }

  /** What results depend on beside the inputs, as something that JSON can hold: another one makes cached results invalid. */
  protected abstract readonly identity: unknown

  /**
   * Completes the template of a task, in which everything is that tasks of all kinds have: its name, interface and metadata.
   */
  abstract describe(template: TaskTemplate, task: KindTask, location: SpecLocation): void

  /**
   * Looks at a task when it is declared. Does nothing by default.
   *
   * @throws InvalidArgumentError when it does not go with its configuration
   */
  check(_task: KindTask): void {}

  /**
   * Executes a task in this process: in a local run, when it is called as a plain function and, for kinds whose code is in the
   * bundle, in a worker.
   *
   * @returns what a function would return that has the interface of the task
   * @throws FailedPreconditionError by default: only a server can
   */
  execute(_inputs: never, _context: TaskContext, task: KindTask): unknown {
    throw new FailedPreconditionError(`task ${task.name} is executed by a server: it cannot run in this process`, {
      hint: 'Run it on a server, or replace it where it is called in local runs.',
    })
  }

  /** Stands for all code that its tasks may run, where that is known. */
  get codeHash(): string | undefined {
    return undefined
  }

  /** The version that cached results are valid for: a SHA-256 in hex. */
  version(salt = ''): string {
    const identity = JSON.stringify([this.type, this.identity])
    return createHash('sha256').update(identity).update(salt).digest('hex')
  }
}
