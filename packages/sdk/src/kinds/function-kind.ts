import type { TaskContext } from '../authoring/context.ts'
import { sourceHash } from '../authoring/source-hash.ts'
import type { TaskFunction } from '../authoring/task-definition.ts'
import { CodeKind } from './code-kind.ts'

/** Tasks that are a function. */
export class FunctionKind extends CodeKind {
  readonly #fn: TaskFunction

  constructor(fn: TaskFunction) {
    super()
    this.#fn = fn
  }

  protected get identity(): string {
    return this.#fn.toString()
  }

  override execute(inputs: never, context: TaskContext): unknown {
    return this.#fn(inputs, context)
  }

  /** Of the function's source, without comments and formatting. */
  override version(salt = ''): string {
    return sourceHash(this.#fn, salt)
  }
}
