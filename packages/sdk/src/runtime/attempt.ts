import { toBinary } from '@bufbuild/protobuf'
import { ActionAbortedError, fromTaskError, type TaskFailure } from '@tern/core'
import { createStorage, joinUri } from '@tern/core/storage'
import { ActionPhase } from '@tern/idl/common'
import { ConditionActionSchema } from '@tern/idl/workflow'
import { ChildNames } from '../authoring/child-names.ts'
import type { ChildCall, FinishedTrace, OpenCondition, ParentAction, Scope, TraceResult } from '../authoring/context.ts'
import { Report } from '../authoring/report.ts'
import { type Place, StoragePlace } from '../io/place.ts'
import { storeValues } from '../io/store-values.ts'
import { checkInlineSize } from '../types/inline-limit.ts'
import { contextOf, type CustomContext, noContext, withContext } from '../types/inputs-context.ts'
import { writeValues } from '../types/literal-wire.ts'
import { readArrived } from '../types/stored-values.ts'
import { checkArrivedOutputs, checkGivenInputs, type MaybePromise } from '../types/validation.ts'
import type { SpecLocation } from '../authoring/task-spec.ts'
import type { Assignment } from './assignment.ts'
import { AttemptContext } from './attempt-context.ts'
import type { Channel } from './channel.ts'
import type { ChildPlace, ChildSpec } from './child-specs.ts'
import { type NamedChild, toEnqueueItem } from './child-item.ts'
import { calledTooLate, errorOf, hasSucceeded } from './child-result.ts'
import type { ChildOutcome } from './frame-reader.ts'
import { LineBuffer } from './log-capture.ts'
import { type Sent, toTraceRecord } from './trace-record.ts'
import { WaitingCalls } from './waiting-calls.ts'

/** What the attempts of a worker have in common. */
export interface AttemptHost {
  readonly channel: Channel
  readonly maxInlineBytes: number
  placeOf(assignment: Assignment): ChildPlace
  /** Whether its task is declared with a report. */
  hasReport(assignment: Assignment): boolean
  describeFailure(attempt: Attempt, thrown: unknown): TaskFailure
}

/** What an attempt has that calls tasks; most do not. */
interface Calls {
  readonly names: ChildNames
  /** For calls within traces, by the trace. */
  readonly namesInTraces: Map<string, ChildNames>
  readonly place: ChildPlace
  readonly waiting: WaitingCalls
}

/** One attempt that this worker runs: what its code sees, the children it waits for, the lines it has written. */
export class Attempt implements ParentAction {
  readonly assignment: Assignment
  /** When its code began. */
  startedAtMs = Date.now()
  readonly scope: Scope
  /** Whether the server has been told that it runs. */
  isAnnounced = false
  /** Set once its end has been reported; what happens after that does not count. */
  isOver = false
  private readonly host: AttemptHost
  private calls: Calls | undefined
  private controller: AbortController | undefined
  private lines: LineBuffer | undefined
  private ownPlace: Place | undefined
  private ownReport: Report | undefined
  private ownContext: CustomContext | undefined
  /** A serialised flyteidl2.task.Inputs, once it is here. */
  inputs: Uint8Array | undefined

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

  get customContext(): CustomContext {
    const bytes = this.inputs ?? this.assignment.inputs
    this.ownContext ??= bytes === undefined ? noContext : contextOf(bytes)
    return this.ownContext
  }

  get place(): Place {
    this.ownPlace ??= new StoragePlace(this.assignment.text('rawDataPrefix'))
    return this.ownPlace
  }

  get location(): SpecLocation {
    return this.callsOf().place.location
  }

  get report(): Report | undefined {
    if (!this.host.hasReport(this.assignment)) return undefined
    const uri = joinUri(this.assignment.text('outputPrefix'), 'report.html')
    this.ownReport ??= new Report(async (html) => void (await this.store(uri, Buffer.from(html))))
    return this.ownReport
  }

  /** Stores what its code has put into its report; undefined where that is nothing. */
  keepReport(): Promise<void> | undefined {
    return this.ownReport?.flush()
  }

  async callChild(call: ChildCall): Promise<unknown> {
    const given = this.givenTo(call)
    const values = given instanceof Promise ? await given : given
    while (this.host.channel.isFull) await this.host.channel.room()
    const outcome = await this.enqueue(call, values)
    // Made here rather than where the outcome arrives, an error's stack shows who awaits the call.
    if (!hasSucceeded(outcome)) throw errorOf(`task ${call.definition.name}`, outcome)
    return this.resultOf(call, outcome)
  }

  async detach(call: ChildCall): Promise<string> {
    const given = this.givenTo(call)
    const values = given instanceof Promise ? await given : given
    while (this.host.channel.isFull) await this.host.channel.room()
    const outcome = await this.enqueue({ ...call, isDetached: true }, values)
    if (outcome.run === '') throw errorOf(`task ${call.definition.name}`, outcome)
    return outcome.run
  }

  namesIn(trace: string | undefined): ChildNames {
    const { names, namesInTraces } = this.callsOf()
    if (trace === undefined) return names
    const known = namesInTraces.get(trace) ?? new ChildNames(trace)
    namesInTraces.set(trace, known)
    return known
  }

  async findTrace(name: string): Promise<TraceResult | undefined> {
    this.refuseIfOver(`trace ${name}`)
    if (!this.assignment.replay) return undefined
    this.callsOf()
    this.host.channel.out.add({ traceLookups: [{ parent: this.assignment.attempt, name }] })
    this.host.channel.schedule()
    const outcome = await this.callsOf().waiting.outcomeOf(name)
    if (outcome.phase === ActionPhase.UNSPECIFIED) return undefined
    if (hasSucceeded(outcome)) return { outputs: await this.outputsOf(outcome) }
    return outcome.error === undefined ? undefined : { failure: fromTaskError(outcome.error) }
  }

  async recordTrace(trace: FinishedTrace): Promise<void> {
    const what = `trace ${trace.functionName}`
    this.refuseIfOver(what)
    const { name, result } = trace
    const inputs = await this.toSend(trace.inputs, name, 'inputs.pb')
    const outputs = 'outputs' in result ? await this.toSend(result.outputs, name, '1', 'outputs.pb') : undefined
    while (this.host.channel.isFull) await this.host.channel.room()
    this.refuseIfOver(what)
    this.host.channel.out.add({ traces: [toTraceRecord(this.assignment.attempt, trace, inputs, outputs)] })
    this.host.channel.schedule()
    await this.callsOf().waiting.outcomeOf(name)
  }

  async openCondition({ name, group, spec }: OpenCondition): Promise<Uint8Array> {
    this.refuseIfOver(`condition ${spec.name}`)
    const conditionAction = toBinary(ConditionActionSchema, spec)
    this.host.channel.out.add({ enqueues: [{ parent: this.assignment.attempt, name, group, conditionAction }] })
    this.host.channel.schedule()
    const outcome = await this.callsOf().waiting.outcomeOf(name)
    if (!hasSucceeded(outcome)) throw errorOf(`condition ${spec.name}`, outcome)
    return this.outputsOf(outcome)
  }

  toFailure(thrown: unknown): TaskFailure {
    return this.host.describeFailure(this, thrown)
  }

  /** A child of this attempt has ended. */
  childEnded(outcome: ChildOutcome): void {
    this.calls?.waiting.ended(outcome)
  }

  /** Tells the code to stop: its signal fires and the calls it awaits fail. */
  abort(reason: string): void {
    if (this.isOver || this.abortReason !== undefined) return
    const error = new ActionAbortedError(reason, { actionName: this.assignment.text('action') })
    this.controller ??= new AbortController()
    this.controller.abort(error)
    this.calls?.waiting.reject(error)
  }

  /** Passes on what its code has written so far, then nothing that it does counts any more. */
  close(): void {
    this.lines?.end()
    this.isOver = true
    this.calls?.waiting.forget()
  }

  async load(uri: string): Promise<Uint8Array> {
    return createStorage(parentOf(uri)).read(uri)
  }

  async store(uri: string, bytes: Uint8Array): Promise<string> {
    await createStorage(parentOf(uri)).write(uri, bytes)
    return uri
  }

  private givenTo({ definition, inputs }: ChildCall): MaybePromise<readonly unknown[]> {
    const task = definition.interface
    const store = (values: readonly unknown[]) => storeValues(task.inputs, values, () => this.place)
    const checked = checkGivenInputs(task, inputs)
    return checked instanceof Promise ? checked.then(store) : store(checked)
  }

  private callsOf(): Calls {
    this.calls ??= {
      names: new ChildNames(this.assignment.text('action')),
      namesInTraces: new Map(),
      place: this.host.placeOf(this.assignment),
      waiting: new WaitingCalls((name, reason) => {
        this.host.channel.out.childAbort(this.assignment.attempt, name, reason)
        this.host.channel.schedule()
      }),
    }
    return this.calls
  }

  /** Large values go to storage. */
  private async toSend(bytes: Uint8Array, ...path: readonly string[]): Promise<Sent> {
    if (bytes.length <= this.host.maxInlineBytes) return { bytes }
    return { uri: await this.store(joinUri(this.assignment.text('runBaseDir'), ...path), bytes) }
  }

  private async outputsOf({ outputs = empty, outputsUri }: ChildOutcome): Promise<Uint8Array> {
    return outputsUri === '' ? outputs : this.load(outputsUri)
  }

  private enqueue(call: ChildCall, values: readonly unknown[]): Promise<ChildOutcome> {
    this.refuseIfUnwanted(call)
    const { place } = this.callsOf()
    const { definition, group } = call
    const spec = place.specOf(definition)
    const { bytes: given, hash } = writeValues(definition.interface.inputs, values, {
      hashWithout: spec.caching.ignoredInputs,
    })
    const bytes = withContext(given, call.customContext)
    checkInlineSize(`inputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
    const name = this.namesIn(call.trace).next(spec.identity, hash, group)
    // What another run keeps must not lie among the files of this one.
    const isStored = bytes.length > this.host.maxInlineBytes && call.isDetached !== true
    if (isStored) return this.enqueueStored(call, spec, name, hash, bytes)
    this.send(call, spec, { name, hash, inputs: bytes, inputsUri: '' })
    return this.callsOf().waiting.outcomeOf(name, call.signal)
  }

  private async enqueueStored(
    call: ChildCall,
    spec: ChildSpec,
    name: string,
    hash: string,
    bytes: Uint8Array,
  ): Promise<ChildOutcome> {
    const inputsUri = await this.store(joinUri(this.assignment.text('runBaseDir'), name, 'inputs.pb'), bytes)
    this.refuseIfUnwanted(call)
    this.send(call, spec, { name, hash, inputs: undefined, inputsUri })
    return this.callsOf().waiting.outcomeOf(name, call.signal)
  }

  private send(call: ChildCall, spec: ChildSpec, child: NamedChild): void {
    this.host.channel.out.enqueue(toEnqueueItem(this.assignment.attempt, call, spec, child))
    this.host.channel.schedule()
  }

  private refuseIfUnwanted({ definition, signal }: ChildCall): void {
    this.refuseIfOver(`task ${definition.name}`)
    if (signal?.aborted) throw signal.reason
  }

  private refuseIfOver(what: string): void {
    if (this.abortReason !== undefined) throw this.abortReason
    if (!this.isOver) return
    throw calledTooLate(what, this.assignment.text('taskName'))
  }

  private resultOf({ definition }: ChildCall, outcome: ChildOutcome): unknown {
    const { outputs, readOutputs } = definition.interface
    const read = (bytes: Uint8Array) => {
      checkInlineSize(`outputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
      if (readOutputs !== undefined) return readOutputs(bytes)
      const values = readArrived(outputs, bytes, (file) => this.load(file))
      if (values instanceof Promise) return values.then((arrived) => checkArrivedOutputs(definition.interface, arrived))
      return checkArrivedOutputs(definition.interface, values)
    }
    return outcome.outputsUri === '' ? read(outcome.outputs ?? empty) : this.load(outcome.outputsUri).then(read)
  }
}

const empty = new Uint8Array()

function parentOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'))
}
