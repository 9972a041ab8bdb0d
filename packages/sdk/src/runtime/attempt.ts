import { ActionAbortedError, cacheKey, fromTaskError, fromTaskFailure, TaskTimeoutError } from '@tern/core'
import { createStorage, joinUri } from '@tern/core/storage'
import { ActionPhase } from '@tern/idl/common'
import { ChildNames } from '../authoring/child-names.ts'
import type { ChildCall, ParentAction, Scope } from '../authoring/context.ts'
import { readValues, writeValues } from '../types/literal-wire.ts'
import { checkArrivedOutputs, checkGivenInputs } from '../types/validation.ts'
import type { Assignment } from './assignment.ts'
import { AttemptContext } from './attempt-context.ts'
import type { Channel } from './channel.ts'
import type { ChildPlace, ChildSpec } from './child-specs.ts'
import type { ChildOutcome } from './frame-reader.ts'
import { LineBuffer } from './log-capture.ts'

interface WaitingCall {
  resolve(outcome: ChildOutcome): void
  reject(error: unknown): void
}

/** What the attempts of a worker have in common. */
export interface AttemptHost {
  readonly channel: Channel
  readonly maxInlineBytes: number
  placeOf(assignment: Assignment): ChildPlace
}

/** What an attempt has that calls tasks; most do not. */
interface Calls {
  readonly names: ChildNames
  readonly place: ChildPlace
  readonly waiting: Map<string, WaitingCall>
}

/** One attempt that this worker runs: what its code sees, the children it waits for, the lines it has written. */
export class Attempt implements ParentAction {
  readonly assignment: Assignment
  readonly startedAtMs = Date.now()
  readonly scope: Scope
  /** Whether the server has been told that it runs. */
  isAnnounced = false
  /** Set once its end has been reported; what happens after that does not count. */
  isOver = false
  private readonly host: AttemptHost
  private calls: Calls | undefined
  private controller: AbortController | undefined
  private lines: LineBuffer | undefined

  constructor(assignment: Assignment, host: AttemptHost) {
    this.assignment = assignment
    this.host = host
    this.scope = { context: new AttemptContext(assignment, this), group: '', parent: this }
  }

  /** Takes what its code writes. */
  get output(): LineBuffer {
    this.lines ??= new LineBuffer({
      line: (stream, text) => {
        const { channel } = this.host
        channel.out.log(this.assignment.attempt, stream === 'stdout' ? 1 : 2, Date.now(), text)
        channel.schedule()
      },
    })
    return this.lines
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    return this.controller.signal
  }

  /** Why it is to stop, if it is. */
  get abortReason(): ActionAbortedError | undefined {
    return this.controller?.signal.aborted ? (this.controller.signal.reason as ActionAbortedError) : undefined
  }

  async callChild(call: ChildCall): Promise<unknown> {
    const checked = checkGivenInputs(call.definition.interface, call.inputs)
    const values = checked instanceof Promise ? await checked : checked
    while (this.host.channel.isFull) await this.host.channel.room()
    const outcome = await this.enqueue(call, values)
    // Made here rather than where the outcome arrives, an error's stack shows who awaits the call.
    return outcome.phase === ActionPhase.SUCCEEDED || outcome.phase === ActionPhase.RECOVERED
      ? this.resultOf(call, outcome)
      : refuse(call, outcome)
  }

  /** A child of this attempt has ended. */
  childEnded(outcome: ChildOutcome): void {
    const waiting = this.calls?.waiting
    const call = waiting?.get(outcome.name)
    waiting?.delete(outcome.name)
    call?.resolve(outcome)
  }

  /** Tells the code to stop: its signal fires and the calls it awaits fail. */
  abort(reason: string): void {
    if (this.isOver || this.abortReason !== undefined) return
    const error = new ActionAbortedError(reason, { actionName: this.assignment.text('action') })
    this.controller ??= new AbortController()
    this.controller.abort(error)
    for (const call of this.calls?.waiting.values() ?? []) call.reject(error)
    this.calls?.waiting.clear()
  }

  /** Passes on what its code has written so far, then nothing that it does counts any more. */
  close(): void {
    this.lines?.end()
    this.isOver = true
    this.calls?.waiting.clear()
  }

  async load(uri: string): Promise<Uint8Array> {
    return createStorage(parentOf(uri)).read(uri)
  }

  async store(uri: string, bytes: Uint8Array): Promise<string> {
    await createStorage(parentOf(uri)).write(uri, bytes)
    return uri
  }

  private enqueue(call: ChildCall, values: readonly unknown[]): Promise<ChildOutcome> {
    this.refuseIfOver(call)
    this.calls ??= {
      names: new ChildNames(this.assignment.text('action')),
      place: this.host.placeOf(this.assignment),
      waiting: new Map(),
    }
    const { names, place } = this.calls
    const { definition, group } = call
    const spec = place.specOf(definition)
    const { bytes, hash } = writeValues(definition.interface.inputs, values, {
      hashWithout: spec.caching.ignoredInputs,
    })
    const name = names.next(spec.identity, hash, group)
    if (bytes.length > this.host.maxInlineBytes) return this.enqueueStored(call, spec, name, hash, bytes)
    this.send(call, spec, { name, hash, inputs: bytes, inputsUri: '' })
    return this.outcomeOf(name, call.signal)
  }

  private async enqueueStored(
    call: ChildCall,
    spec: ChildSpec,
    name: string,
    hash: string,
    bytes: Uint8Array,
  ): Promise<ChildOutcome> {
    const inputsUri = await this.store(joinUri(this.assignment.text('runBaseDir'), name, 'inputs.pb'), bytes)
    this.refuseIfOver(call)
    this.send(call, spec, { name, hash, inputs: undefined, inputsUri })
    return this.outcomeOf(name, call.signal)
  }

  private send(
    { definition, group }: ChildCall,
    { ref, caching }: ChildSpec,
    child: { name: string; hash: string; inputs: Uint8Array | undefined; inputsUri: string },
  ): void {
    const { channel } = this.host
    channel.out.enqueue({
      parent: this.assignment.attempt,
      name: child.name,
      specRef: ref,
      inputs: child.inputs,
      inputsUri: child.inputsUri,
      group,
      cacheKey: caching.enabled
        ? cacheKey({
            inputsHash: child.hash,
            taskName: definition.name,
            interfaceHash: definition.interface.hash,
            cacheVersion: caching.version,
          })
        : '',
      queue: definition.options.queue,
    })
    channel.schedule()
  }

  private outcomeOf(name: string, signal: AbortSignal | undefined): Promise<ChildOutcome> {
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.calls?.waiting.set(name, { resolve, reject })
        return
      }
      const giveUp = () => this.abandon(name, signal)
      const settled = () => signal.removeEventListener('abort', giveUp)
      this.calls?.waiting.set(name, {
        resolve: (outcome) => (settled(), resolve(outcome)),
        reject: (error) => (settled(), reject(error)),
      })
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  // The caller no longer wants the child.
  private abandon(name: string, signal: AbortSignal): void {
    const call = this.calls?.waiting.get(name)
    if (call === undefined) return
    this.calls?.waiting.delete(name)
    const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason)
    this.host.channel.out.childAbort(this.assignment.attempt, name, reason)
    this.host.channel.schedule()
    call.reject(signal.reason)
  }

  private refuseIfOver({ definition, signal }: ChildCall): void {
    if (this.abortReason !== undefined) throw this.abortReason
    if (signal?.aborted) throw signal.reason
    if (!this.isOver) return
    const parent = this.assignment.text('taskName')
    throw new ActionAbortedError(`task ${definition.name} was called after its parent ${parent} had ended`, {
      hint: 'Await every call before the task returns.',
    })
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
