import { fromBinary } from '@bufbuild/protobuf'
import { backoffDelayMs, type Clock, isTernError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { type Outputs, OutputsSchema } from '@tern/idl/task'
import type { Logger } from 'pino'
import { outputsFileIn } from '../data/run-files.ts'
import type { Change, ChangeFeed } from '../engine/model.ts'
import { Timers } from '../engine/timers.ts'
import type { ProducedRepository, Producer } from '../store/produced-repository.ts'
import type { ArtifactRequest, Artifacts } from './artifacts.ts'
import { checkArtifactName, checkArtifactVersion, checkMetadata } from './artifact-names.ts'
import { toArtifactRequests } from './produced-artifacts.ts'
import { ProducingSpecs } from './producing-specs.ts'

export interface ArtifactRecorderParts {
  readonly changes: ChangeFeed
  readonly repository: ProducedRepository
  readonly artifacts: Artifacts
  readonly storage: Pick<Storage, 'read'>
  readonly clock: Clock
  readonly logger: Logger
  readonly org: string
  /** Largest outputs to read, in bytes. */
  readonly maxBytes: number
  /** How often to look for what other servers have left, in milliseconds. Defaults to a minute. */
  readonly catchUpEveryMs?: number | undefined
}

type Task = 'catch-up' | 'look'
type Due = Task | { readonly retry: Retry }

interface Retry {
  readonly producer: Producer
  readonly failures: number
}

// Changes come in bursts: what comes within this time is looked at together.
const gatherMs = 50
const actionsAtOnce = 500
const scannedAtOnce = 2000
// What an earlier server was about to record when it ended is looked for this far back.
const overlapMs = 5 * 60_000
const rememberEveryMs = 30_000
const retryBackoff = { baseMs: 1000, factor: 2, capMs: 60_000 }

/**
 * Makes artifacts of what actions produce, after they have succeeded. Recording an output again finds it recorded, so
 * nothing is lost or doubled whenever a server ends, and however many there are.
 *
 * Costs next to nothing where no task says that it produces artifacts.
 */
export class ArtifactRecorder {
  readonly #parts: ArtifactRecorderParts
  readonly #specs: ProducingSpecs
  readonly #timers: Timers<Due>
  /** Places of actions by run. */
  #changed = new Map<number, Set<number>>()
  #unsubscribe: (() => void) | undefined
  readonly #planned = new Set<Task>()
  #working: Promise<void> = Promise.resolve()
  #retries = 0
  #rememberedAt = 0
  #isShared = false
  #isStopped = false

  constructor(parts: ArtifactRecorderParts) {
    this.#parts = parts
    this.#specs = new ProducingSpecs(parts.repository)
    this.#timers = new Timers(parts.clock, (due) => this.#onDue(due))
  }

  /**
   * From now on records what is produced, beginning with what was while no server looked. Where several servers share the
   * database, looks again now and then for what one of them left that is gone.
   */
  start({ isShared = false } = {}): void {
    const { changes } = this.#parts
    this.#isShared = isShared
    // From here on, so that nothing falls between what is read then and what changes.
    this.#unsubscribe = changes.subscribe('all', (change) => this.#onChange(change))
    this.#plan('catch-up', 0)
  }

  /** Records nothing more; resolves when what is being recorded is. What it leaves out, the next server records. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    this.#timers.stop()
    await this.#working
  }

  #onChange({ kind, runId, seq }: Change): void {
    if (kind !== 'action' || this.#isStopped) return
    const seqs = this.#changed.get(runId)
    if (seqs === undefined) this.#changed.set(runId, new Set([seq]))
    else seqs.add(seq)
    this.#plan('look', gatherMs)
  }

  #plan(task: Task, inMs: number): void {
    if (this.#isStopped || this.#planned.has(task)) return
    this.#planned.add(task)
    this.#timers.add(this.#parts.clock.now() + inMs, task)
  }

  #onDue(due: Due): void {
    if (typeof due === 'string') this.#planned.delete(due)
    this.#working = this.#working
      .then(() => this.#work(due))
      .catch((error: unknown) => {
        this.#parts.logger.warn({ err: error }, 'cannot look for produced artifacts; trying again')
        if (typeof due === 'string') this.#plan(due, retryBackoff.baseMs)
      })
  }

  async #work(due: Due): Promise<void> {
    if (this.#isStopped) return
    if (due === 'catch-up') return this.#catchUp()
    if (due === 'look') return this.#lookAtChanges()
    this.#retries--
    return this.#record(due.retry.producer, due.retry.failures)
  }

  async #lookAtChanges(): Promise<void> {
    const startedAt = this.#parts.clock.now()
    if (await this.#specs.readNew(startedAt)) this.#plan('catch-up', 0)
    const changed = this.#changed
    this.#changed = new Map()
    try {
      if (!this.#specs.isEmpty) for (const [runId, seqs] of changed) await this.#lookAt(runId, Array.from(seqs))
    } catch (error) {
      for (const [runId, seqs] of changed)
        this.#changed.set(runId, new Set([...seqs, ...(this.#changed.get(runId) ?? [])]))
      throw error
    }
    // Where others work, too, this server alone does not know that everything is recorded.
    if (!this.#isShared && startedAt - this.#rememberedAt >= rememberEveryMs) await this.#remember(startedAt)
  }

  async #lookAt(runId: number, seqs: ReadonlyArray<number>): Promise<void> {
    for (let i = 0; i < seqs.length; i += actionsAtOnce) {
      const producers = await this.#parts.repository.findProducers(runId, seqs.slice(i, i + actionsAtOnce))
      for (const producer of producers) await this.#record(producer, 0)
    }
  }

  async #catchUp(): Promise<void> {
    const { repository, clock } = this.#parts
    const startedAt = clock.now()
    const { recordedTo, specsReadTo } = await repository.progress()
    await this.#specs.load(specsReadTo)
    await this.#specs.readNew(startedAt)
    if (!this.#specs.isEmpty) await this.#catchUpRuns(recordedTo - overlapMs)
    await this.#remember(startedAt)
    if (this.#isShared) this.#plan('catch-up', this.#parts.catchUpEveryMs ?? 60_000)
  }

  async #catchUpRuns(since: number): Promise<void> {
    const { repository } = this.#parts
    for (let runId = 0; !this.#isStopped; ) {
      const runs = await repository.runsSince(since, runId, actionsAtOnce)
      for (const run of runs) await this.#catchUpRun(run, since)
      const last = runs.at(-1)
      if (last === undefined) return
      runId = last
    }
  }

  async #catchUpRun(runId: number, since: number): Promise<void> {
    const { repository } = this.#parts
    const size = await repository.size(runId)
    for (let from = 0; from < size && !this.#isStopped; from += scannedAtOnce) {
      const producers = await repository.producersSince(runId, since, from, from + scannedAtOnce)
      for (const producer of producers) await this.#record(producer, 0)
    }
  }

  /** Remembers the time up to which everything is recorded, for the server that comes after this one. */
  async #remember(time: number): Promise<void> {
    // What waits for another try ended earlier.
    if (this.#retries > 0) return
    this.#rememberedAt = time
    await this.#parts.repository.setProgress({ recordedTo: time, specsReadTo: this.#specs.readUpTo })
  }

  async #record(producer: Producer, failures: number): Promise<void> {
    const { org, artifacts, repository } = this.#parts
    try {
      const outputs = await this.#outputsOf(producer)
      const creator =
        producer.createdBy === null
          ? undefined
          : { bytes: producer.createdBy, subject: producer.createdBySubject ?? '' }
      for (const request of toArtifactRequests(org, producer, outputs)) {
        await this.#refusing(producer, request, async () => {
          checkRequest(request)
          await artifacts.record(request, creator)
        })
      }
      await repository.setRecorded(producer)
    } catch (error) {
      if (isFinal(error)) this.#parts.logger.warn({ err: error, ...placeOf(producer) }, 'outputs are lost')
      else this.#retryLater(producer, failures, error)
    }
  }

  /** What cannot be an artifact is said, and left; the others of the action are not. */
  async #refusing(producer: Producer, { name, version }: ArtifactRequest, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!isFinal(error)) throw error
      const facts = { err: error, ...placeOf(producer), artifact: name, version }
      this.#parts.logger.warn(facts, 'an output cannot be an artifact')
    }
  }

  #retryLater(producer: Producer, failures: number, error: unknown): void {
    this.#parts.logger.warn({ err: error, ...placeOf(producer) }, 'cannot record produced artifacts; trying again')
    if (this.#isStopped) return
    this.#retries++
    const at = this.#parts.clock.now() + backoffDelayMs(retryBackoff, failures)
    this.#timers.add(at, { retry: { producer, failures: failures + 1 } })
  }

  async #outputsOf({ outputs, outputsUri }: Producer): Promise<Outputs> {
    const { storage, maxBytes } = this.#parts
    const bytes =
      outputs ?? (outputsUri ? await storage.read(outputsFileIn(outputsUri), { maxBytes }) : new Uint8Array())
    return fromBinary(OutputsSchema, bytes)
  }
}

/** Whether doing the same again would fail again. */
function isFinal(error: unknown): boolean {
  return isTernError(error) && error.kind === 'user' && !error.retryable
}

function placeOf({ project, domain, run, action }: Producer) {
  return { project, domain, run, action }
}

function checkRequest({ name, version, spec }: ArtifactRequest): void {
  checkArtifactName(name, 'name')
  checkArtifactVersion(version, 'version')
  checkMetadata(spec.info?.userMetadata ?? {}, 'info.user_metadata')
}
