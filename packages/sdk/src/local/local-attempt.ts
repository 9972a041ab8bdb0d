import { fromBinary } from '@bufbuild/protobuf'
import {
  ActionAbortedError,
  cacheKey,
  inputsHash,
  isRecoverableError,
  type TaskFailure,
  taskIdentity,
} from '@tern/core'
import { failureOfEnd } from '@tern/core/engine'
import { createStorage, joinUri } from '@tern/core/storage'
import { InputsSchema } from '@tern/idl/task'
import { cachingOf } from '../authoring/caching.ts'
import { toRetryPolicy } from '../authoring/retry-options.ts'
import { Checkpoint } from '../authoring/checkpoint.ts'
import { ChildNames } from '../authoring/child-names.ts'
import {
  type ChildCall,
  type FinishedTrace,
  type OpenCondition,
  type ParentAction,
  runInScope,
  type TaskContext,
  type TraceResult,
  type WireCall,
  type WireOutcome,
} from '../authoring/context.ts'
import { imageVariables } from '../images/image.ts'
import { warnOfImage } from '../images/local-image.ts'
import { ownBundleUrl } from '../authoring/process-role.ts'
import { recordLogger, textLogger } from '../authoring/logger.ts'
import { Report } from '../authoring/report.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { localFilesRoot, type Place, StoragePlace } from '../io/place.ts'
import { storeValues } from '../io/store-values.ts'
import { calledTooLate, childError, hasSucceeded } from '../runtime/child-result.ts'
import { LineBuffer } from '../runtime/log-capture.ts'
import { toReadableFailure } from '../runtime/readable-failure.ts'
import { checkInlineSize } from '../types/inline-limit.ts'
import { contextOf, withContext } from '../types/inputs-context.ts'
import { readValues, writeValues } from '../types/literal-wire.ts'
import {
  checkArrivedInputs,
  checkArrivedOutputs,
  checkGivenInputs,
  checkReturned,
  type MaybePromise,
} from '../types/validation.ts'
import { type Ended, LocalAction, type NewAction } from './local-action.ts'
import type { LocalClock } from './local-clock.ts'
import { answerLocally } from './local-condition.ts'
import type { LocalEngine, LocalTerms } from './local-engine.ts'
import type { LocalLogLine } from './local-state.ts'
import { mockOf } from './mocks.ts'

const maxLogLines = 5_000

/** One attempt in this process: what its code sees, and what its calls become. */
export class LocalAttempt implements ParentAction {
  readonly place: Place
  readonly report: Report | undefined
  readonly clock: LocalClock
  readonly logs: LocalLogLine[] = []
  /** Where its report is stored, once it is. */
  reportPath: string | undefined
  /** The environment variables that are its own. */
  variables: Record<string, string> = {}
  readonly #action: LocalAction
  readonly #definition: TaskDefinition
  readonly #attempt: number
  readonly #context: TaskContext
  readonly #controller = new AbortController()
  /** By the trace that calls are made in, if they are made in one. */
  readonly #names = new Map<string | undefined, ChildNames>()
  readonly #giveUp = new Set<(error: Error) => void>()
  readonly #files: string
  #lines: LineBuffer | undefined
  #isOver = false

  constructor(action: LocalAction, definition: TaskDefinition, attempt: number) {
    const { engine, name, group } = action
    this.#action = action
    this.#definition = definition
    this.#attempt = attempt
    this.clock = engine.clock
    this.#files = localFilesRoot(engine.id.name, `${name}-${attempt}`)
    this.place = new StoragePlace(this.#files)
    this.report = definition.options.report ? new Report((html) => this.#storeReport(html)) : undefined
    this.#context = {
      signal: this.#controller.signal,
      action: { name, task: definition.name, version: '', group },
      run: engine.id,
      attempt,
      customContext: contextOf(action.inputBytes),
      rawDataPath: this.#files,
      checkpoint: new Checkpoint({
        attempt,
        folderOf: (number) => localFilesRoot(engine.id.name, `${name}-${number}`),
      }),
      logger: engine.capturesOutput ? recordLogger((line) => this.output?.line('stdout', line)) : textLogger(),
      mode: 'local',
    }
  }

  /** Takes what its code writes; undefined where that goes to the terminal. */
  get output(): LineBuffer | undefined {
    const { engine } = this.#action
    if (!engine.capturesOutput) return undefined
    this.#lines ??= new LineBuffer({
      line: (stream, text) => {
        if (this.logs.length === maxLogLines) this.logs.shift()
        this.logs.push({ at: this.clock.now(), stream, text })
        engine.changed(this.#action)
      },
    })
    return this.#lines
  }

  get inputBytes(): Uint8Array {
    return this.#action.inputBytes
  }

  /** Runs its code. Resolves when that has come to its end, whether anybody still wants to know or not. */
  async run(): Promise<void> {
    try {
      const { engine } = this.#action
      const { envVars, secrets } = this.#definition.options
      const ofImage = imageVariables(this.#definition.environment.options.image)
      warnOfImage(this.#definition.environment)
      this.variables = {
        ...ofImage,
        ...envVars,
        ...this.#action.terms.envVars,
        ...engine.secrets.variablesFor(this.#definition.name, secrets),
      }
      const outputs = await runInScope({ context: this.#context, group: '', parent: this }, () => this.#execute())
      await this.report?.flush()
      this.#close()
      this.#action.succeed(outputs, this.#attempt)
    } catch (error) {
      // A report tells most when something went wrong; that it cannot be kept is the lesser error.
      await this.report?.flush().catch(() => {})
      this.fail(error)
    }
  }

  fail(thrown: unknown): void {
    if (this.#isOver) return
    this.#close()
    this.#action.fail(this.toFailure(thrown), this.#attempt)
  }

  /** Tells the code to stop: its signal fires and the calls it awaits fail. What it does from now on does not count. */
  stop(reason: string): void {
    if (this.#isOver) return
    const error = new ActionAbortedError(reason, { actionName: this.#action.name })
    runInScope({ context: this.#context, group: '', parent: this }, () => this.#controller.abort(error))
    for (const giveUp of this.#giveUp) giveUp(error)
    this.#giveUp.clear()
  }

  async callChild(call: ChildCall): Promise<unknown> {
    const { definition } = call
    const given = this.#givenTo(call)
    const values = given instanceof Promise ? await given : given
    const child = this.#childFor(call, values)
    const ended = await this.#outcomeOf(child, call.signal)
    if (!hasSucceeded(ended)) throw childError(`task ${definition.name}`, { ...ended, name: child.name })
    const bytes = ended.outputs ?? empty
    checkInlineSize(`outputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
    return checkArrivedOutputs(definition.interface, readValues(definition.interface.outputs, bytes))
  }

  async callWire({ definition, inputs, group, name, signal, runOptions }: WireCall): Promise<WireOutcome> {
    this.#refuseIfOver(`task ${definition.name}`)
    const hash = inputsHash(fromBinary(InputsSchema, inputs).literals, cachingOf(definition).ignoredInputs)
    const childName = name ?? this.namesIn(undefined).next(identityOf(definition), hash, group)
    const child = this.#enterChild(
      definition,
      { name: childName, group, inputs, terms: this.#termsWith(runOptions) },
      hash,
    )
    const outcome = await this.#outcomeOf(child, signal)
    return { ...outcome, name: childName, attempt: this.#action.engine.actions.get(childName)?.state.attempt }
  }

  detachWire({ definition, inputs, name }: Parameters<Required<ParentAction>['detachWire']>[0]): void {
    const { detached, detach } = this.#action.engine
    if (!detached.has(name)) detached.set(name, detach(definition, inputs, this.#action.terms))
  }

  failureOfEnd(): TaskFailure | null {
    return failureOfEnd(this.#action.state)
  }

  async detach(call: ChildCall): Promise<string> {
    const { definition } = call
    const given = this.#givenTo(call)
    const values = given instanceof Promise ? await given : given
    const { name, bytes } = this.#nameOf(call, values)
    const { detached, detach } = this.#action.engine
    const run = detached.get(name) ?? detach(definition, bytes, this.#action.terms)
    detached.set(name, run)
    return run
  }

  namesIn(trace: string | undefined): ChildNames {
    const known = this.#names.get(trace) ?? new ChildNames(trace ?? this.#action.name)
    this.#names.set(trace, known)
    return known
  }

  async findTrace(name: string): Promise<TraceResult | undefined> {
    this.#refuseIfOver(`trace ${name}`)
    const action = this.#action.engine.actions.get(name)
    if (action === undefined) return undefined
    const { failure } = await action.ended
    return failure === undefined ? { outputs: action.outputBytes ?? empty } : { failure }
  }

  async recordTrace({
    name,
    group,
    functionName,
    inputs,
    startedAtMs,
    endedAtMs,
    result,
  }: FinishedTrace): Promise<void> {
    this.#refuseIfOver(`trace ${functionName}`)
    const { engine } = this.#action
    if (engine.actions.has(name)) return
    new LocalAction(engine, this.#action, { name, group, inputs }, { kind: 'trace', functionName }).enterRecorded({
      startedAt: startedAtMs,
      endedAt: endedAtMs,
      outputs: 'outputs' in result ? result.outputs : undefined,
      failure: 'failure' in result ? result.failure : undefined,
    })
  }

  async openCondition({ name, group, spec }: OpenCondition): Promise<Uint8Array> {
    this.#refuseIfOver(`condition ${spec.name}`)
    const { engine } = this.#action
    let condition = engine.actions.get(name)
    if (condition === undefined) {
      condition = new LocalAction(engine, this.#action, { name, group, inputs: empty }, { kind: 'condition', spec })
      condition.enter()
      answerLocally(condition, spec, engine.answer)
    }
    const ended = await this.#outcomeOf(condition, undefined)
    if (!hasSucceeded(ended)) throw childError(`condition ${spec.name}`, { ...ended, name })
    return ended.outputs ?? empty
  }

  toFailure(thrown: unknown): TaskFailure {
    const failure = toReadableFailure(thrown, ownBundleUrl())
    const { on } = toRetryPolicy(this.#definition.options.retries)
    return { ...failure, recoverable: failure.recoverable && (on === 'any' || isRecoverableError(thrown)) }
  }

  async #execute(): Promise<Uint8Array> {
    const { name, interface: task, options } = this.#definition
    const bytes = this.#action.inputBytes
    checkInlineSize(`inputs of task ${name}`, bytes, options.maxInlineIoBytes)
    const arrived = checkArrivedInputs(task, readValues(task.inputs, bytes))
    const inputs = arrived instanceof Promise ? await arrived : arrived
    const run = mockOf(this.#definition, this.#action.engine.mocks) ?? this.#definition.run
    const returned = await run(inputs as never, this.#context)
    if (this.#controller.signal.aborted) throw this.#controller.signal.reason
    const values = await checkReturned(task, returned)
    const written = writeValues(task.outputs, await storeValues(task.outputs, values, () => this.place))
    checkInlineSize(`outputs of task ${name}`, written.bytes, options.maxInlineIoBytes)
    return written.bytes
  }

  #givenTo({ definition, inputs }: ChildCall): MaybePromise<readonly unknown[]> {
    const task = definition.interface
    const store = (values: readonly unknown[]) => storeValues(task.inputs, values, () => this.place)
    const checked = checkGivenInputs(task, inputs)
    return checked instanceof Promise ? checked.then(store) : store(checked)
  }

  #nameOf(call: ChildCall, values: readonly unknown[]): { name: string; bytes: Uint8Array; hash: string } {
    const { definition, signal, group, trace, customContext } = call
    this.#refuseIfOver(`task ${definition.name}`)
    if (signal?.aborted) throw signal.reason
    const caching = cachingOf(definition)
    const { bytes: given, hash } = writeValues(definition.interface.inputs, values, {
      hashWithout: caching.ignoredInputs,
    })
    const bytes = withContext(given, customContext)
    checkInlineSize(`inputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
    return { name: this.namesIn(trace).next(identityOf(definition), hash, group), bytes, hash }
  }

  #childFor(call: ChildCall, values: readonly unknown[]): LocalAction {
    const { definition, group } = call
    const { name, bytes, hash } = this.#nameOf(call, values)
    return this.#enterChild(definition, { name, group, inputs: bytes }, hash)
  }

  #enterChild(definition: TaskDefinition, action: NewAction, hash: string): LocalAction {
    const { engine } = this.#action
    const known = engine.actions.get(action.name)
    if (known !== undefined) return known
    const subject = { kind: 'task', definition, cacheKey: localCacheKey(engine, definition, hash) } as const
    const child = new LocalAction(engine, this.#action, action, subject)
    child.enter()
    return child
  }

  /** How a child ended. Rejects when this attempt is told to stop before, or when the caller no longer wants the child. */
  #outcomeOf(child: LocalAction, signal: AbortSignal | undefined): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener('abort', abandon)
        this.#giveUp.delete(giveUp)
      }
      const giveUp = (error: Error) => {
        settle()
        reject(error)
      }
      const abandon = () => {
        settle()
        const reason = signal?.reason as unknown
        child.abort(reason instanceof Error ? reason.message : String(reason))
        reject(reason as Error)
      }
      this.#giveUp.add(giveUp)
      void child.ended.then((ended) => {
        settle()
        // Nobody waits for it any more: as an error it would have nobody to catch it.
        if (!this.#isOver) resolve(ended)
      })
      if (signal?.aborted) abandon()
      else signal?.addEventListener('abort', abandon, { once: true })
    })
  }

  #termsWith({ envVars, overwriteCache = false }: NonNullable<WireCall['runOptions']> = {}): LocalTerms {
    const { terms } = this.#action
    return { envVars: { ...terms.envVars, ...envVars }, overwriteCache: terms.overwriteCache || overwriteCache }
  }

  #refuseIfOver(what: string): void {
    const { signal } = this.#controller
    if (signal.aborted) throw signal.reason
    if (this.#isOver) throw calledTooLate(what, this.#definition.name)
  }

  async #storeReport(html: string): Promise<void> {
    const path = joinUri(this.#files, 'report.html')
    await createStorage(this.#files).write(path, Buffer.from(html))
    this.reportPath = path
    this.#action.engine.changed(this.#action)
  }

  /** Keeps what its code has written so far; then nothing that it does counts any more. */
  #close(): void {
    this.#lines?.end()
    this.#isOver = true
  }
}

/** Where the result of a task is cached; null for one that has no cache, and for one that is mocked. */
export function localCacheKey(engine: LocalEngine, definition: TaskDefinition, inputsHash: string): string | null {
  const caching = cachingOf(definition)
  if (!caching.enabled || mockOf(definition, engine.mocks) !== undefined) return null
  return cacheKey({
    inputsHash,
    taskName: definition.name,
    interfaceHash: definition.interface.hash,
    cacheVersion: caching.version,
  })
}

function identityOf(definition: TaskDefinition): string {
  return taskIdentity({
    taskName: definition.name,
    interfaceHash: definition.interface.hash,
    discoveryVersion: cachingOf(definition).version,
  })
}

const empty = new Uint8Array()
