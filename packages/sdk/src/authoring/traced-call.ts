import { fromTaskFailure, NonRecoverableError, subActionName, type TaskFailure } from '@tern/core'
import { currentScope, type ParentAction, runInScope, type Scope } from './context.ts'
import { foreignAction } from './registry.ts'
import { calledByForeign } from './task.ts'
import type { TraceDefinition } from './trace-definition.ts'

type ScopeInRun = Scope & { readonly parent: ParentAction }

/** Calls a traced function; inside a run, unless what it came to is recorded already. */
export async function callTraced(definition: TraceDefinition, args: readonly unknown[]): Promise<unknown> {
  const scope = scopeInRun(definition)
  if (scope === undefined) return definition.call(args)
  const call = await TracedCall.begin(definition, args, scope)
  const recorded = await call.recorded()
  return recorded === undefined ? call.execute() : definition.readOutput(recorded)
}

/** The same for a generator: its items as they come, recorded when there are no more. */
export async function* iterateTraced(
  definition: TraceDefinition,
  args: readonly unknown[],
): AsyncGenerator<unknown, void, undefined> {
  const scope = scopeInRun(definition)
  if (scope === undefined) {
    yield* (await definition.call(args)) as AsyncIterable<unknown>
    return
  }
  const call = await TracedCall.begin(definition, args, scope)
  const recorded = await call.recorded()
  if (recorded === undefined) yield* call.iterate()
  else yield* (await definition.readOutput(recorded)) as unknown[]
}

function scopeInRun({ name }: TraceDefinition): ScopeInRun | undefined {
  const scope = currentScope()
  if (scope?.parent !== undefined) return scope as ScopeInRun
  const copy = foreignAction()
  if (copy !== undefined) throw calledByForeign(`trace ${name}`, copy)
  return undefined
}

/** One call of a traced function inside a run. */
class TracedCall {
  private readonly definition: TraceDefinition
  private readonly args: readonly unknown[]
  private readonly inputs: Uint8Array
  private readonly scope: ScopeInRun
  private readonly inner: Scope
  private readonly name: string
  private startedAtMs = 0

  private constructor(
    definition: TraceDefinition,
    args: readonly unknown[],
    scope: ScopeInRun,
    inputs: Uint8Array,
    name: string,
  ) {
    this.definition = definition
    this.args = args
    this.inputs = inputs
    this.scope = scope
    this.name = name
    this.inner = { ...scope, trace: name }
  }

  static async begin(definition: TraceDefinition, args: readonly unknown[], scope: ScopeInRun): Promise<TracedCall> {
    const { bytes, hash } = await definition.write(args)
    const name = scope.parent.namesIn(scope.trace).next(definition.identity, hash, scope.group)
    return new TracedCall(definition, args, scope, bytes, name)
  }

  /**
   * The outputs that an earlier attempt recorded.
   *
   * @throws the error that it recorded
   */
  async recorded(): Promise<Uint8Array | undefined> {
    const result = await this.scope.parent.findTrace(this.name)
    this.startedAtMs = this.now()
    if (result === undefined) return undefined
    if ('failure' in result) throw recordedError(result.failure, this.name)
    return result.outputs
  }

  async execute(): Promise<unknown> {
    const { definition, args, inner } = this
    const result = await this.recordingFailure(async () => {
      const returned = await runInScope(inner, () => definition.call(args))
      return definition.keeps(returned) ? { outputs: await definition.writeOutput(returned) } : { returned }
    })
    if ('returned' in result) return result.returned
    await this.record(result, this.name)
    // As it will read when it is replayed, so that a task does the same then.
    return definition.readOutput(result.outputs)
  }

  async *iterate(): AsyncGenerator<unknown, void, undefined> {
    const { definition, args, inner } = this
    const items: unknown[] = []
    const iterator = iteratorOf(await this.recordingFailure(() => runInScope(inner, () => definition.call(args))))
    let isOver = false
    try {
      for (;;) {
        const next = await this.recordingFailure(async () => {
          const { done, value } = await runInScope(inner, () => iterator.next())
          return done === true ? undefined : { item: value, read: await definition.throughWire(value) }
        })
        if (next === undefined) break
        items.push(next.item)
        yield next.read
      }
      isOver = true
    } finally {
      // Whoever iterates has had enough: it has not ended, and nothing is recorded.
      if (!isOver) await runInScope(inner, () => iterator.return?.())
    }
    await this.record({ outputs: await definition.writeOutput(items) }, this.name)
  }

  private async recordingFailure<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body()
    } catch (error) {
      const failure = this.scope.parent.toFailure(error)
      // What may be tried again is under a name of its own: the trace's stays free for what it comes to in the end.
      const name = failure.recoverable ? failedTraceName(this.name, this.scope.context.attempt) : this.name
      await this.record({ failure }, name)
      throw error
    }
  }

  private now(): number {
    return this.scope.parent.clock?.now() ?? Date.now()
  }

  private record(
    result: { readonly outputs: Uint8Array } | { readonly failure: TaskFailure },
    name: string,
  ): Promise<void> {
    const { definition, args, scope, inputs, startedAtMs } = this
    return scope.parent.recordTrace({
      name,
      functionName: definition.name,
      group: scope.group,
      interface: definition.interfaceOf(args).typed,
      inputs,
      startedAtMs,
      endedAtMs: this.now(),
      result,
    })
  }
}

function iteratorOf(generator: unknown): AsyncIterator<unknown> | Iterator<unknown> {
  const iterable = generator as AsyncIterable<unknown> | Iterable<unknown>
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
}

function failedTraceName(name: string, attempt: number): string {
  return subActionName({ parent: name, inputsHash: '', taskIdentity: 'failed', seq: attempt })
}

/** An error of an earlier attempt, called as it was: trying again is as pointless as it was then. */
function recordedError({ code, message, stack, cause }: TaskFailure, actionName: string): NonRecoverableError {
  // A class of its own, since failures are called by the class of the error.
  const Recorded = {
    [code]: class extends NonRecoverableError {
      override readonly name = code
      override readonly code = code
    },
  }[code] as typeof NonRecoverableError
  const error = new Recorded(message, cause === undefined ? {} : { cause: fromTaskFailure(cause, actionName) })
  if (stack !== undefined) error.stack = stack
  return error
}
