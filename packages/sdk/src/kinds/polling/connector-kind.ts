import { createHash, randomUUID } from 'node:crypto'
import type { JsonObject } from '@bufbuild/protobuf'
import { InvalidArgumentError, isNonRecoverableError } from '@tern/core'
import type { TaskContext } from '../../authoring/context.ts'
import type { Logger } from '../../authoring/logger.ts'
import { toRetryPolicy } from '../../authoring/retry-options.ts'
import { sourceHash } from '../../authoring/source-hash.ts'
import { callTraced } from '../../authoring/traced-call.ts'
import { TraceDefinition } from '../../authoring/trace-definition.ts'
import type { KindTask } from '../task-kind.ts'
import { checkState, isOver, jobError, type JobLink, type JobState, toRecord } from './job-state.ts'
import { gaveNoAnswer, type Look, poll } from './poll.ts'
import { PollingKind } from './polling-kind.ts'
import { checkWaits, describeWaits, type WaitConfig } from './waits.ts'

/** What the functions of a connector are given beside inputs or handle. */
export interface JobContext<I = unknown> {
  /**
   * Names the job: the same whenever the same job is created, another one for each other job. A service that takes it as an
   * idempotency key creates the job once, whatever happens to this process.
   */
  readonly key: string
  /** Aborted when nobody wants the job any more; for `delete`, when its time is over. */
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly inputs: I
  /** Of the attempt. */
  readonly task: TaskContext
}

/** How jobs of an outside service are made, looked at and stopped. */
export interface ConnectorConfig extends WaitConfig {
  readonly type: string
  readonly create?: ((inputs: never, job: JobContext<never>) => unknown) | undefined
  readonly get?: ((handle: never, job: JobContext<never>) => unknown) | undefined
  readonly delete?: ((handle: never, job: JobContext<never>) => unknown) | undefined
  readonly do?: ((inputs: never, job: JobContext<never>) => unknown) | undefined
}

// Less than servers and local runs give an attempt that is told to stop.
const deleteMs = 8_000

/** Tasks that are jobs of an outside service. Workers talk to it. */
export class ConnectorKind extends PollingKind {
  readonly #config: ConnectorConfig

  constructor(config: ConnectorConfig) {
    super()
    this.#config = config
  }

  protected get identity(): unknown {
    const { type, create, get, do: perform } = this.#config
    return [type, ...[create, get, perform].map((fn) => (fn === undefined ? '' : sourceHash(fn)))]
  }

  protected override get custom(): JsonObject {
    const { type, do: perform } = this.#config
    const every = perform === undefined ? { every: describeWaits(this.#config) } : {}
    return { kind: 'connector', service: type, ...every }
  }

  override check(task: KindTask): void {
    const config: { readonly [K in keyof ConnectorConfig]: unknown } = this.#config
    const { type, create, get, do: perform, delete: remove, every, backoff } = config
    const invalid = (field: string, message: string) =>
      new InvalidArgumentError(`task ${task.name}: ${message}`, { field })
    if (typeof type !== 'string' || !/^[\w.-]+$/.test(type))
      throw invalid('type', 'type must name the service, in letters, digits, ".", "_" and "-"')
    for (const [field, fn] of Object.entries({ create, get, delete: remove, do: perform }))
      if (fn !== undefined && typeof fn !== 'function') throw invalid(field, `${field} must be a function`)
    if (perform === undefined) {
      if (create === undefined || get === undefined)
        throw invalid(create === undefined ? 'create' : 'get', 'a connector has create and get, or do')
      checkWaits(this.#config, task)
      return
    }
    for (const [field, value] of Object.entries({ create, get, delete: remove, every, backoff }))
      if (value !== undefined) throw invalid(field, `${field} does not go with do, which does all at once`)
  }

  override async execute(inputs: never, context: TaskContext, task: KindTask): Promise<unknown> {
    context.signal.throwIfAborted()
    const { do: perform, type } = this.#config
    if (perform !== undefined) {
      const state = checkState(await perform(inputs, jobOf(context, inputs, 1)), `do of ${type}`)
      if (state.phase === 'succeeded') return this.#outputsOf(state, task)
      if (isOver(state)) throw jobError(type, state)
      throw new InvalidArgumentError(`do of ${type} gave the phase ${state.phase}: it must return when the job is over`)
    }
    const { count } = toRetryPolicy(task.options.retries)
    for (let number = 1; ; number++) {
      const job = new Job(this.#config, jobOf(context, inputs, number))
      const found = await job.run()
      if ('value' in found) return this.#outputsOf(found.value, task)
      const { error } = job
      // A job that failed in an earlier attempt is followed by another, if that was paid for.
      if (found.isNew || number > count || isNonRecoverableError(error)) throw error
    }
  }

  #outputsOf(state: JobState, { interface: { outputKind } }: KindTask): unknown {
    return outputKind === 'none' || state.phase !== 'succeeded' ? undefined : state.outputs
  }
}

/** One job, from its creation to its end. */
class Job {
  readonly #config: ConnectorConfig
  readonly #context: JobContext<never>
  #handle: { readonly value: unknown } | undefined
  #last: JobState | undefined
  #said = ''
  #links = new Set<string>()

  constructor(config: ConnectorConfig, context: JobContext<never>) {
    this.#config = config
    this.#context = context
  }

  /** Of one that is over without success. */
  get error(): Error {
    return jobError(this.#config.type, this.#last ?? { phase: 'aborted' })
  }

  async run(): Promise<{ readonly value: JobState } | { readonly isNew: boolean }> {
    const { key } = this.#context
    try {
      const handle = await this.#create()
      return await poll<JobState>({
        name: 'get',
        about: key,
        // What another run has waited for its job is no wait for this one.
        group: `job-${key.slice(0, 8)}`,
        waits: this.#config,
        look: () => this.#look(handle),
        onSeen: async (seen, { isNew }) => this.#seen(seen as unknown as JobState, isNew),
      })
    } catch (error) {
      if (this.#context.signal.aborted) await this.#delete()
      throw error
    }
  }

  /** Once: an attempt after this one finds the handle. */
  async #create(): Promise<unknown> {
    const { type, create } = this.#config
    const { key, inputs, logger } = this.#context
    let isNew = false
    const creating = new TraceDefinition({
      name: 'create',
      identity: `create-${type}`,
      run: async (_key: string) => {
        const value = await create?.(inputs, this.#context)
        this.#handle = { value }
        isNew = true
        return value
      },
    })
    const handle = await callTraced(creating, [key])
    this.#handle = { value: handle }
    logger.info(`${isNew ? 'created' : 'goes on with'} the job ${shown(handle)} of ${type}`)
    return handle
  }

  async #look(handle: unknown): Promise<Look<JobState>> {
    const { type, get } = this.#config
    try {
      const state = checkState(await get?.(handle as never, this.#context), `get of ${type}`)
      if (state.phase === 'succeeded') {
        this.#say(state)
        return { value: state }
      }
      return { seen: toRecord(state), isLast: isOver(state) }
    } catch (error) {
      if (!gaveNoAnswer(error) || this.#context.signal.aborted) throw error
      return { seen: { phase: this.#last?.phase ?? 'queued', message: `no answer: ${error.message}` } }
    }
  }

  #seen(state: JobState, isNew: boolean): void {
    this.#last = state
    if (isNew) this.#say(state)
  }

  /** What is new. */
  #say({ phase, message = '', links = [] }: JobState): void {
    const { logger } = this.#context
    const text = message === '' ? phase : `${phase}: ${message}`
    if (text !== this.#said) logger.info(text)
    this.#said = text
    for (const { name, uri } of links as readonly JobLink[]) {
      if (!this.#links.has(uri)) logger.info(`${name}: ${uri}`)
      this.#links.add(uri)
    }
  }

  async #delete(): Promise<void> {
    const { type, delete: remove } = this.#config
    const { logger } = this.#context
    if (remove === undefined || this.#handle === undefined) return
    const { value } = this.#handle
    try {
      await remove(value as never, { ...this.#context, signal: AbortSignal.timeout(deleteMs) })
      logger.info(`stopped the job ${shown(value)} of ${type}`)
    } catch (error) {
      logger.error(`the job ${shown(value)} of ${type} could not be stopped`, { error })
    }
  }
}

function jobOf(task: TaskContext, inputs: never, number: number): JobContext<never> {
  return { key: keyOf(task, number), signal: task.signal, logger: task.logger, inputs, task }
}

function keyOf({ run, action }: TaskContext, number: number): string {
  if (run.name === '') return randomUUID()
  const place = [run.org, run.project, run.domain, run.name, action.name, number].join('/')
  return createHash('sha256').update(place).digest('hex')
}

function shown(handle: unknown): string {
  return typeof handle === 'string' ? handle : (JSON.stringify(handle) ?? 'without a handle')
}
