import { ActionAbortedError, isRecoverableError, type TaskFailure, toTaskError } from '@tern/core'
import { joinUri } from '@tern/core/storage'
import { currentScope, runInScope } from '../authoring/context.ts'
import { sdkVersion } from '../authoring/registry.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { configKeys } from '../authoring/task-spec.ts'
import { storeValues } from '../io/store-values.ts'
import { checkInlineSize } from '../types/inline-limit.ts'
import { withArtifacts } from '../types/artifact-schema.ts'
import { writeValues } from '../types/literal-wire.ts'
import { readArrived } from '../types/stored-values.ts'
import { checkArrivedInputs, checkReturned, type MaybePromise } from '../types/validation.ts'
import type { Assignment } from './assignment.ts'
import { Attempt, type AttemptHost } from './attempt.ts'
import { Channel } from './channel.ts'
import { type ChildPlace, ChildSpecs, ServerSpecs } from './child-specs.ts'
import { readServerFrame, type ServerItems } from './frame-reader.ts'
import { guardExit } from './exit-guard.ts'
import { captureOutput } from './log-capture.ts'
import { toReadableFailure } from './readable-failure.ts'
import { loadInputs } from './unreadable-inputs.ts'

export interface WorkerOptions {
  /** The descriptor of the stream to the server. */
  readonly fd: number
  /** The module that this program was loaded from. */
  readonly bundleUrl: string
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  readonly environment: string
  readonly bundleDigest: string
  readonly capacity: number
}

const protocolVersion = 1
// Attempts begin in one turn of the event loop for so long.
const longPauseMs = 20
const defaultMaxInlineBytes = 128 * 1024

/**
 * Runs attempts for a server, many at once.
 *
 * Its life: it says hello, takes attempts until the server says `drain`, finishes those it has, and exits. When the
 * stream to the server ends, whatever the reason, it exits at once: the server is gone or has given it up, and runs its
 * attempts again elsewhere.
 */
export class Worker implements AttemptHost {
  readonly channel: Channel
  maxInlineBytes = defaultMaxInlineBytes
  private readonly options: WorkerOptions
  private readonly childSpecs: ChildSpecs
  private readonly serverSpecs = new ServerSpecs()
  private readonly attempts = new Map<number, Attempt>()
  private readonly unannounced = new Set<Attempt>()
  private readonly definitions = new Map<number, TaskDefinition>()
  /** Attempts whose code has not begun. */
  private accepted: Attempt[] = []
  private isBeginning = false
  private isDraining = false
  private readonly say: (text: string) => void

  constructor(options: WorkerOptions) {
    this.options = options
    this.channel = new Channel(options.fd, {
      frame: (frame) => this.receive(readServerFrame(frame)),
      beforeFlush: () => this.announceStarted(),
      closed: () => process.exit(0),
    })
    this.childSpecs = new ChildSpecs(this.channel.out)
    this.say = captureOutput((scope) => (scope?.parent instanceof Attempt ? scope.parent.output : undefined))
    guardExit(() => currentScope()?.parent instanceof Attempt)
    this.watchForStrayErrors()
  }

  start(): void {
    const { environment, bundleDigest, capacity } = this.options
    this.channel.out.add({
      hello: { protocolVersion, sdkVersion, environment, bundleDigest, capacity, pid: process.pid },
    })
    this.channel.schedule()
  }

  private receive(items: ServerItems): void {
    if (items.welcome !== undefined) this.maxInlineBytes = items.welcome.maxInlineBytes || defaultMaxInlineBytes
    for (const { specRef, taskSpec } of items.specs) this.serverSpecs.add(specRef, taskSpec)
    for (const child of items.children) this.attempts.get(child.parent)?.childEnded(child)
    if (items.assigns.length > 0) this.accept(items.assigns)
    for (const { attempt, reason, graceMs } of items.cancels) this.cancel(attempt, reason, graceMs)
    if (items.drain) {
      this.isDraining = true
      this.exitIfDrained()
    }
  }

  private accept(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) {
      const attempt = new Attempt(assignment, this)
      this.attempts.set(assignment.attempt, attempt)
      this.accepted.push(attempt)
    }
    if (!this.isBeginning) this.beginAccepted()
  }

  // Code that computes without a pause holds up everything. What is to be said and heard after it comes before the next.
  private beginAccepted(): void {
    this.isBeginning = true
    const until = performance.now() + longPauseMs
    const waiting = this.accepted
    this.accepted = []
    for (const [index, attempt] of waiting.entries()) {
      if (!attempt.isOver) this.begin(attempt)
      if (performance.now() < until || index === waiting.length - 1) continue
      this.accepted = [...waiting.slice(index + 1), ...this.accepted]
      setImmediate(() => this.beginAccepted())
      return
    }
    this.isBeginning = false
  }

  private begin(attempt: Attempt): void {
    attempt.startedAtMs = Date.now()
    this.unannounced.add(attempt)
    this.channel.schedule()
    void runInScope(attempt.scope, () => this.run(attempt))
  }

  private async run(attempt: Attempt): Promise<void> {
    try {
      if (attempt.abortReason !== undefined) throw attempt.abortReason
      const definition = this.definitionFor(attempt.assignment)
      const { run } = definition
      const arrived = this.inputsOf(attempt, definition)
      const inputs = arrived instanceof Promise ? await arrived : arrived
      const returned = await run(inputs as never, attempt.scope.context)
      if (attempt.isOver) return
      if (attempt.abortReason !== undefined) throw attempt.abortReason
      const checked = checkReturned(definition.interface, returned)
      const values = checked instanceof Promise ? await checked : checked
      const { outputs } = definition.interface
      const stored = storeValues(outputs, values, () => attempt.place)
      const written = stored instanceof Promise ? await stored : stored
      const bytes = withArtifacts(outputs, written, writeValues(outputs, written).bytes)
      const kept = attempt.keepReport()
      if (kept !== undefined) await kept
      if (attempt.isOver) return
      checkInlineSize(`outputs of task ${definition.name}`, bytes, this.inlineLimitOf(attempt, definition))
      if (bytes.length > this.maxInlineBytes) await this.completeStored(attempt, bytes)
      else this.complete(attempt, bytes, '')
    } catch (error) {
      // A report tells most when something went wrong; that it cannot be kept is the lesser error.
      await attempt.keepReport()?.catch(() => {})
      this.fail(attempt, error)
    }
  }

  /** Where tasks that an attempt calls belong: where its own task does. */
  placeOf(assignment: Assignment): ChildPlace {
    const template = this.serverSpecs.get(assignment.specRef)?.taskTemplate
    const bundleUri = template?.metadata?.codeBundleUri ?? ''
    return this.childSpecs.placeOf(assignment, bundleUri, template?.config[configKeys.images])
  }

  hasReport(assignment: Assignment): boolean {
    return this.definitionFor(assignment).options.report
  }

  // The spec of an assignment is of one task always, and its number is quicker to look up than a name.
  private definitionFor(assignment: Assignment): TaskDefinition {
    const known = this.definitions.get(assignment.specRef)
    if (known !== undefined) return known
    const taskName = assignment.text('taskName')
    const definition = this.options.tasks.get(taskName)
    if (definition === undefined) {
      throw new Error(`this code bundle has no task ${taskName}; it has ${[...this.options.tasks.keys()].join(', ')}`)
    }
    if (assignment.specRef !== 0) this.definitions.set(assignment.specRef, definition)
    return definition
  }

  private inputsOf(attempt: Attempt, definition: TaskDefinition): MaybePromise<Record<string, unknown>> {
    const { assignment } = attempt
    const task = definition.interface
    const read = (bytes: Uint8Array) => {
      attempt.inputs = bytes
      checkInlineSize(`inputs of task ${definition.name}`, bytes, this.inlineLimitOf(attempt, definition))
      const values = readArrived(task.inputs, bytes, (file) => attempt.load(file))
      if (values instanceof Promise) return values.then((arrived) => checkArrivedInputs(task, arrived))
      return checkArrivedInputs(task, values)
    }
    if (assignment.inputs !== undefined) return read(assignment.inputs)
    const uri = assignment.text('inputsUri')
    return uri === '' ? read(new Uint8Array()) : loadInputs(() => attempt.load(uri)).then(read)
  }

  // A call may have another limit than the task.
  private inlineLimitOf({ assignment }: Attempt, { options }: TaskDefinition): number {
    const given = this.serverSpecs.get(assignment.specRef)?.taskTemplate?.config[configKeys.maxInlineIoBytes]
    return given === undefined ? options.maxInlineIoBytes : Number(given)
  }

  private async completeStored(attempt: Attempt, outputs: Uint8Array): Promise<void> {
    const uri = await attempt.store(joinUri(attempt.assignment.text('outputPrefix'), 'outputs.pb'), outputs)
    if (!attempt.isOver) this.complete(attempt, undefined, uri)
  }

  private complete(attempt: Attempt, outputs: Uint8Array | undefined, outputsUri: string): void {
    attempt.close()
    this.channel.out.completed({
      attempt: attempt.assignment.attempt,
      outputs,
      outputsUri,
      atMs: Date.now(),
      startedAtMs: attempt.isAnnounced ? 0 : attempt.startedAtMs,
    })
    this.finish(attempt)
  }

  private fail(attempt: Attempt, thrown: unknown): void {
    if (attempt.isOver) return
    attempt.close()
    this.channel.out.add({
      failed: [
        {
          attempt: attempt.assignment.attempt,
          error: toTaskError(this.describeFailure(attempt, thrown)),
          atMs: Date.now(),
          startedAtMs: attempt.isAnnounced ? 0 : attempt.startedAtMs,
        },
      ],
    })
    this.finish(attempt)
  }

  describeFailure(attempt: Attempt, thrown: unknown): TaskFailure {
    // Whatever the code does about it, an attempt that was told to stop has stopped for that reason.
    const failure = toReadableFailure(attempt.abortReason ?? thrown, this.options.bundleUrl)
    const retryOn = this.serverSpecs.get(attempt.assignment.specRef)?.taskTemplate?.config[configKeys.retryOn]
    return retryOn === 'recoverable' && !isRecoverableError(thrown) ? { ...failure, recoverable: false } : failure
  }

  private finish(attempt: Attempt): void {
    this.attempts.delete(attempt.assignment.attempt)
    this.unannounced.delete(attempt)
    this.channel.schedule()
    this.exitIfDrained()
  }

  private cancel(handle: number, reason: string, graceMs: number): void {
    const attempt = this.attempts.get(handle)
    if (attempt === undefined) return
    // Whatever its code does about it, the server knows that it was heard.
    this.unannounced.add(attempt)
    this.channel.schedule()
    runInScope(attempt.scope, () => attempt.abort(reason))
    setTimeout(() => this.fail(attempt, new ActionAbortedError(reason)), graceMs).unref()
  }

  // An attempt that ends before the next frame leaves says when it started in the message of its end.
  private announceStarted(): void {
    for (const attempt of this.unannounced) {
      attempt.isAnnounced = true
      this.channel.out.started(attempt.assignment.attempt, attempt.startedAtMs)
    }
    this.unannounced.clear()
  }

  private exitIfDrained(): void {
    if (this.isDraining && this.attempts.size === 0) setImmediate(() => this.channel.end(() => process.exit(0)))
  }

  // Errors that nobody catches belong to the attempt whose code raised them. Without one the process cannot be trusted.
  private watchForStrayErrors(): void {
    const stray = (error: unknown) => {
      const parent = currentScope()?.parent
      if (parent instanceof Attempt) {
        this.fail(parent, error)
        return
      }
      const failure = toReadableFailure(error, this.options.bundleUrl)
      this.say(`tern worker: stopping after an error outside of every task: ${failure.stack ?? failure.message}\n`)
      process.exit(1)
    }
    process.on('uncaughtException', stray)
    process.on('unhandledRejection', stray)
  }
}
