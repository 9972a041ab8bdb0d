import { type Clock, isSuccessPhase, isTernError, type TaskFailure, toTaskFailure } from '@tern/core'
import { isTransientFault, type Storage } from '@tern/core/storage'
import {
  isAbortOfWorkflow,
  type StartedEnd,
  type StartEffect,
  type WorkflowEffect,
  WorkflowExecution,
} from '@tern/core/workflow'
import type { ActionPhase } from '@tern/idl/common'
import { attemptPrefix, inputsFileIn, outputsFileIn } from '../../data/run-files.ts'
import { failureOf } from '../../engine/failure-kinds.ts'
import type { ActionData } from '../../engine/model.ts'
import type { NodeChildren } from '../../workflows/node-children.ts'
import type { ParsedWorkflows } from '../../workflows/parsed-workflows.ts'
import type { Attempt, ChildOutcome, ChildRequest, ExecutorHost, StartedAttempt } from '../executor.ts'

export interface WorkflowAttemptOptions {
  readonly workflows: ParsedWorkflows
  readonly children: NodeChildren
  readonly storage: Pick<Storage, 'read' | 'write'>
  readonly maxInlineBytes: number
  readonly maxBytes: number
  readonly clock: Clock
  readonly onOver: () => void
  /** The failure handler of a workflow that was aborted could not be started. */
  readonly onHandlerLost: (attempt: Attempt, error: unknown) => void
}

interface Child {
  readonly effect: StartEffect
  /** From 1. */
  readonly round: number
}

/**
 * One attempt of a workflow. Every node is a child of its action, of the same name in every attempt: what has ended well once is
 * not run again. What failed in an earlier attempt is run once more in each further one.
 */
export class WorkflowAttempt implements StartedAttempt {
  readonly #attempt: Attempt
  readonly #host: ExecutorHost
  readonly #options: WorkflowAttemptOptions
  /** What runs for nodes, by the name of its action; and what that is called, by the node's key. */
  readonly #children = new Map<string, Child>()
  readonly #names = new Map<string, string>()
  /** Keys of what is being looked up or stored before it can be enqueued. */
  readonly #prepared = new Set<string>()
  readonly #rounds: number
  #execution: WorkflowExecution | undefined
  #isOver = false
  #startRun: ReturnType<ExecutorHost['childRuns']['onBehalfOf']>

  constructor(attempt: Attempt, host: ExecutorHost, options: WorkflowAttemptOptions) {
    this.#attempt = attempt
    this.#host = host
    this.#options = options
    this.#rounds = Math.max(1, attempt.number - attempt.systemFailures)
  }

  begin(): void {
    const { handle, inputs, startedAt } = this.#attempt
    this.#startRun = this.#host.childRuns.onBehalfOf(handle)
    this.#host.dispatched(handle)
    if (startedAt === null) this.#host.started(handle, this.#options.clock.now())
    if ('bytes' in inputs) return this.#walk(inputs.bytes)
    this.#read(inputs, inputsFileIn).then(
      (bytes) => this.#walk(bytes),
      (error: unknown) => this.#giveUp(error),
    )
  }

  cancel(_reason: string, end: TaskFailure | null = null): void {
    const execution = this.#execution
    const wasOver = this.#isOver
    this.#end()
    if (end !== null && !wasOver && execution !== undefined) this.#cleanUp(execution, end)
  }

  /** The action was aborted, or ran out of time, and can have no more children: its failure handlers are runs of their own. */
  #cleanUp(execution: WorkflowExecution, end: TaskFailure): void {
    const startRun = this.#startRun
    if (startRun === undefined) return
    for (const effect of execution.handlersOnAbort(end)) {
      Promise.resolve()
        .then(() => this.#options.children.request(effect, this.#attempt, this.#rounds))
        .then(startRun)
        .catch((error: unknown) => this.#options.onHandlerLost(this.#attempt, error))
    }
  }

  deliver(outcome: ChildOutcome): void {
    const child = this.#children.get(outcome.name)
    if (child === undefined || this.#isOver) return
    const { outputs } = outcome
    if (!isSuccessPhase(outcome.phase as ActionPhase)) return this.#failed(outcome, child)
    if (outputs === null || 'bytes' in outputs) {
      return this.#ended(child, outcome.name, { outputs: outputs?.bytes ?? new Uint8Array(), action: outcome.name })
    }
    this.#read(outputs, outputsFileIn).then(
      (bytes) => this.#ended(child, outcome.name, { outputs: bytes, action: outcome.name }),
      (error: unknown) => this.#giveUp(error),
    )
  }

  #failed({ name, failure, attempt }: ChildOutcome, { effect, round }: Child): void {
    const reason = failure ?? failureOf('Unknown', 'it ended without success, and nothing says why')
    if (round < this.#rounds) {
      this.#children.delete(name)
      this.#launch({ effect, round: round + 1 })
      // An earlier walk aborted it: the node for which it did will say so, if that is still so.
    } else if (!isAbortOfWorkflow(reason))
      this.#ended({ effect, round }, name, { failure: reason, attempt, action: name })
  }

  #ended({ effect }: Child, name: string, end: StartedEnd): void {
    if (this.#isOver) return
    this.#children.delete(name)
    this.#names.delete(effect.key)
    this.#perform((execution, at) => execution.ended(effect.key, end, at))
  }

  #walk(inputs: Uint8Array): void {
    if (this.#isOver) return
    try {
      this.#execution = new WorkflowExecution(this.#options.workflows.of(this.#attempt.spec), inputs)
    } catch (error) {
      return this.#fail(failureOf('BadTaskSpecification', error instanceof Error ? error.message : String(error)))
    }
    this.#perform((execution, at) => execution.start(at))
  }

  #perform(step: (execution: WorkflowExecution, at: number) => ReadonlyArray<WorkflowEffect>): void {
    if (this.#execution === undefined || this.#isOver) return
    let effects: ReadonlyArray<WorkflowEffect>
    try {
      effects = step(this.#execution, this.#options.clock.now())
    } catch (error) {
      // Of the graph, which was sound: it must not take the server down.
      return this.#fail({ ...toTaskFailure(error), kind: 'system', recoverable: false })
    }
    for (const effect of effects) {
      switch (effect.type) {
        case 'start':
          // A handler is called in each attempt that fails.
          this.#launch({ effect, round: effect.isFailureHandler ? this.#rounds : 1 })
          break
        case 'abort':
          this.#abort(effect.key, effect.reason)
          break
        case 'read':
          this.#readStored(effect.uri)
          break
        case 'succeed':
          this.#succeed(effect.outputs)
          break
        case 'fail':
          this.#fail(effect.failure)
      }
    }
  }

  #readStored(uri: string): void {
    const { storage, maxBytes } = this.#options
    storage.read(uri, { maxBytes }).then(
      (bytes) => this.#perform((execution, at) => execution.read(uri, bytes, at)),
      (error: unknown) => {
        if (isTransientFault(error) || !isTernError(error)) return this.#giveUp(error)
        this.#perform((execution, at) => execution.read(uri, { refused: error.message }, at))
      },
    )
  }

  #launch(child: Child): void {
    const { effect, round } = child
    try {
      const request = this.#options.children.request(effect, this.#attempt, round)
      if (!(request instanceof Promise)) return this.#enqueue(child, request)
      this.#prepared.add(effect.key)
      request.then(
        (found) => {
          // It may have been aborted meanwhile.
          if (this.#prepared.delete(effect.key)) this.#enqueue(child, found)
        },
        (error: unknown) => {
          if (this.#prepared.delete(effect.key)) this.#refuse(effect, error)
        },
      )
    } catch (error) {
      this.#refuse(effect, error)
    }
  }

  #enqueue(child: Child, request: ChildRequest): void {
    if (this.#isOver) return
    this.#children.set(request.name, child)
    this.#names.set(child.effect.key, request.name)
    this.#host.enqueueChild(this.#attempt.handle, request)
  }

  /** A node that cannot even be started. Not at once: effects of the same step may still follow. */
  #refuse({ key }: StartEffect, error: unknown): void {
    if (isTransientFault(error) || !isTernError(error)) return this.#giveUp(error)
    queueMicrotask(() => this.#perform((execution, at) => execution.ended(key, { failure: toTaskFailure(error) }, at)))
  }

  #abort(key: string, reason: string): void {
    this.#prepared.delete(key)
    const name = this.#names.get(key)
    if (name === undefined) return
    this.#names.delete(key)
    this.#children.delete(name)
    this.#host.abortChild(this.#attempt.handle, name, reason)
  }

  #succeed(outputs: Uint8Array): void {
    const { storage, maxInlineBytes } = this.#options
    if (outputs.length <= maxInlineBytes) return this.#succeeded({ bytes: outputs })
    const { runBase, action, number } = this.#attempt
    const uri = attemptPrefix(runBase, action, number)
    storage.write(outputsFileIn(uri), outputs).then(
      () => this.#succeeded({ uri }),
      (error: unknown) => this.#giveUp(error),
    )
  }

  #succeeded(outputs: ActionData): void {
    if (this.#isOver) return
    this.#end()
    this.#host.succeeded(this.#attempt.handle, outputs, 0, this.#options.clock.now())
  }

  #fail(failure: TaskFailure): void {
    const { handle } = this.#attempt
    this.#end()
    this.#host.failed(handle, failure, 0, this.#options.clock.now())
  }

  /** Nothing that the workflow did: another attempt goes on from here. */
  #giveUp(error: unknown): void {
    if (this.#isOver) return
    const reason = error instanceof Error ? error.message : String(error)
    this.#fail(
      failureOf('StorageUnavailable', `inputs or outputs could not be read or stored: ${reason}`, {
        recoverable: isTransientFault(error) || !isTernError(error),
      }),
    )
  }

  #end(): void {
    this.#isOver = true
    this.#children.clear()
    this.#names.clear()
    this.#prepared.clear()
    this.#options.onOver()
  }

  #read({ uri }: Extract<ActionData, { uri: string }>, fileIn: (uri: string) => string): Promise<Uint8Array> {
    return this.#options.storage.read(fileIn(uri), { maxBytes: this.#options.maxBytes })
  }
}
