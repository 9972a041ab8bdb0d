import { ActionAbortedError, cacheKey, fromTaskError, fromTaskFailure, TaskTimeoutError } from '@tern/core'
import { createStorage, joinUri } from '@tern/core/storage'
import { ActionPhase } from '@tern/idl/common'
import { ChildNames } from '../authoring/child-names.ts'
import type { ChildCall, ParentAction, Scope, TaskContext } from '../authoring/context.ts'
import { readValues, writeValues } from '../types/literal-wire.ts'
import { checkArrivedOutputs, checkGivenInputs } from '../types/validation.ts'
import type { Channel } from './channel.ts'
import type { ChildPlace } from './child-specs.ts'
import type { Assignment, ChildOutcome } from './frame-reader.ts'
import { LineBuffer } from './log-capture.ts'

interface WaitingCall {
  resolve(outcome: ChildOutcome): void
  reject(error: unknown): void
}

export interface AttemptOptions {
  readonly channel: Channel
  readonly place: ChildPlace
  readonly maxInlineBytes: number
}

/** One attempt that this worker runs: what its code sees, the children it waits for, the lines it has written. */
export class Attempt implements ParentAction {
  readonly assignment: Assignment
  readonly startedAtMs = Date.now()
  readonly scope: Scope
  readonly output: LineBuffer
  /** Whether the server has been told that it runs. */
  isAnnounced = false
  /** Set once its end has been reported; what happens after that does not count. */
  isOver = false
  private readonly channel: Channel
  private readonly place: ChildPlace
  private readonly maxInlineBytes: number
  private readonly names: ChildNames
  private readonly waiting = new Map<string, WaitingCall>()
  private controller: AbortController | undefined

  constructor(assignment: Assignment, { channel, place, maxInlineBytes }: AttemptOptions) {
    this.assignment = assignment
    this.channel = channel
    this.place = place
    this.maxInlineBytes = maxInlineBytes
    this.names = new ChildNames(assignment.action)
    this.scope = { context: new AttemptContext(assignment, () => this.signal()), group: '', parent: this }
    this.output = new LineBuffer({
      line: (stream, text) => {
        channel.out.log(assignment.attempt, stream === 'stdout' ? 1 : 2, Date.now(), text)
        channel.schedule()
      },
    })
  }

  /** Why it is to stop, if it is. */
  get abortReason(): ActionAbortedError | undefined {
    return this.controller?.signal.aborted ? (this.controller.signal.reason as ActionAbortedError) : undefined
  }

  async callChild(call: ChildCall): Promise<unknown> {
    const checked = checkGivenInputs(call.definition.interface, call.inputs)
    const values = checked instanceof Promise ? await checked : checked
    if (this.channel.isFull) await this.channel.room()
    const outcome = await this.enqueue(call, values)
    // Made here rather than where the outcome arrives, an error's stack shows who awaits the call.
    return outcome.phase === ActionPhase.SUCCEEDED || outcome.phase === ActionPhase.RECOVERED
      ? this.resultOf(call, outcome)
      : refuse(call, outcome)
  }

  /** A child of this attempt has ended. */
  childEnded(outcome: ChildOutcome): void {
    const call = this.waiting.get(outcome.name)
    this.waiting.delete(outcome.name)
    call?.resolve(outcome)
  }

  /** Tells the code to stop: its signal fires and the calls it awaits fail. */
  abort(reason: string): void {
    if (this.isOver || this.abortReason !== undefined) return
    const error = new ActionAbortedError(reason, { actionName: this.assignment.action })
    this.controller ??= new AbortController()
    this.controller.abort(error)
    for (const call of this.waiting.values()) call.reject(error)
    this.waiting.clear()
  }

  /** Nothing that the code still does counts any more. */
  close(): void {
    this.isOver = true
    this.waiting.clear()
  }

  private signal(): AbortSignal {
    this.controller ??= new AbortController()
    return this.controller.signal
  }

  private async enqueue(call: ChildCall, values: readonly unknown[]): Promise<ChildOutcome> {
    this.refuseIfOver(call)
    const { definition, group } = call
    const { ref, identity, caching } = this.place.specOf(definition)
    const { bytes, hash } = writeValues(definition.interface.inputs, values, { hashWithout: caching.ignoredInputs })
    const name = this.names.next(identity, hash, group)
    const inputsUri =
      bytes.length > this.maxInlineBytes
        ? await this.store(joinUri(this.assignment.runBaseDir, name, 'inputs.pb'), bytes)
        : ''
    const {
      interface: { taskName, hash: interfaceHash },
      options,
    } = definition
    this.channel.out.enqueue({
      parent: this.assignment.attempt,
      name,
      specRef: ref,
      inputs: inputsUri === '' ? bytes : undefined,
      inputsUri,
      group,
      cacheKey: caching.enabled
        ? cacheKey({ inputsHash: hash, taskName, interfaceHash, cacheVersion: caching.version })
        : '',
      queue: options.queue,
    })
    this.channel.schedule()
    return this.outcomeOf(name, call.signal)
  }

  private outcomeOf(name: string, signal: AbortSignal | undefined): Promise<ChildOutcome> {
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.waiting.set(name, { resolve, reject })
        return
      }
      const giveUp = () => this.abandon(name, signal)
      const settled = () => signal.removeEventListener('abort', giveUp)
      this.waiting.set(name, {
        resolve: (outcome) => (settled(), resolve(outcome)),
        reject: (error) => (settled(), reject(error)),
      })
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  // The caller no longer wants the child.
  private abandon(name: string, signal: AbortSignal): void {
    const call = this.waiting.get(name)
    if (call === undefined) return
    this.waiting.delete(name)
    const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason)
    this.channel.out.childAbort(this.assignment.attempt, name, reason)
    this.channel.schedule()
    call.reject(signal.reason)
  }

  private refuseIfOver({ definition, signal }: ChildCall): void {
    if (this.abortReason !== undefined) throw this.abortReason
    if (signal?.aborted) throw signal.reason
    if (this.isOver) {
      throw new ActionAbortedError(
        `task ${definition.name} was called after its parent ${this.assignment.taskName} had ended`,
        {
          hint: 'Await every call before the task returns.',
        },
      )
    }
  }

  private resultOf({ definition }: ChildCall, outcome: ChildOutcome): unknown {
    const { outputs } = definition.interface
    if (outcome.outputsUri === '') {
      return checkArrivedOutputs(definition.interface, readValues(outputs, outcome.outputs ?? empty))
    }
    return this.load(outcome.outputsUri).then((bytes) =>
      checkArrivedOutputs(definition.interface, readValues(outputs, bytes)),
    )
  }

  async load(uri: string): Promise<Uint8Array> {
    return createStorage(parentOf(uri)).read(uri)
  }

  async store(uri: string, bytes: Uint8Array): Promise<string> {
    await createStorage(parentOf(uri)).write(uri, bytes)
    return uri
  }
}

const empty = new Uint8Array()

function parentOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'))
}

function refuse({ definition }: ChildCall, { phase, name, error }: ChildOutcome): never {
  const actionName = name
  if (phase === ActionPhase.ABORTED) {
    throw new ActionAbortedError(error?.message ?? `action ${name} of task ${definition.name} was aborted`, {
      actionName,
    })
  }
  if (phase === ActionPhase.TIMED_OUT) {
    throw new TaskTimeoutError(error?.message ?? `action ${name} of task ${definition.name} ran out of time`, {
      actionName,
    })
  }
  throw error === undefined
    ? fromTaskFailure(
        { code: 'Unknown', message: `task ${definition.name} failed`, kind: 'user', recoverable: true },
        name,
      )
    : fromTaskFailure(fromTaskError(error), name)
}

/** What a task is given as its context. Most never ask for the signal, so it is made when they do. */
class AttemptContext implements TaskContext {
  readonly action: TaskContext['action']
  readonly run: TaskContext['run']
  readonly attempt: number
  readonly mode = 'worker'
  private readonly makeSignal: () => AbortSignal

  constructor(assignment: Assignment, makeSignal: () => AbortSignal) {
    const { action, taskName, group, run, org, project, domain } = assignment
    this.action = { name: action, task: taskName, group }
    this.run = { name: run, org, project, domain }
    this.attempt = assignment.attemptNumber
    this.makeSignal = makeSignal
  }

  get signal(): AbortSignal {
    return this.makeSignal()
  }
}
