import { fromBinary } from '@bufbuild/protobuf'
import { AlreadyExistsError, backoffDelayMs, type Clock, isTernError } from '@tern/core'
import { TriggerAutomationSpecSchema } from '@tern/idl/task'
import { FiringState } from '@tern/idl/trigger'
import type { Logger } from 'pino'
import { type Timer, Timers } from '../engine/timers.ts'
import type { ArtifactsRepository, ArtifactTriggerRow, StoredArtifact } from '../store/artifacts-repository.ts'
import type { FiringsRepository } from '../store/firings-repository.ts'
import type { TriggerKey } from '../store/triggers-repository.ts'
import { artifactFiringName } from './artifact-firing-request.ts'

export interface ArtifactFiringParts {
  readonly repository: Pick<ArtifactsRepository, 'after' | 'waitingTriggers' | 'firedTo' | 'setFiredTo'>
  /** Tells of artifacts that this server creates; those of others are found by reading again. */
  readonly artifacts: { subscribe(listener: () => void): () => void }
  /**
   * Starts the run of a trigger for an artifact. Repeating it is harmless, or throws AlreadyExistsError. Resolves to false
   * when the trigger is off or deleted by now.
   */
  readonly start: (key: TriggerKey, artifact: StoredArtifact) => Promise<boolean>
  /** What triggers have done, as their lists of firings show it. */
  readonly firings: Pick<FiringsRepository, 'record'>
  readonly clock: Clock
  readonly logger: Logger
  /** How often to look for artifacts that other servers created, in milliseconds. Defaults to 30 seconds. */
  readonly rereadMs?: number | undefined
}

interface Firing {
  readonly key: TriggerKey
  readonly artifact: StoredArtifact
  readonly failures: number
}

type Due = 'read' | { readonly firing: Firing }

const pageSize = 100
const retryBackoff = { baseMs: 1000, factor: 2, capMs: 5 * 60_000 }
const giveUpAfterMs = 24 * 60 * 60_000

/**
 * Starts runs of triggers for the artifacts that they wait for. A trigger has one run for a version of an artifact: its
 * name follows from both, so that firing again, by this server after a crash or by another one, finds the run there.
 *
 * What has been fired is remembered by the position of the artifact, and never beyond one whose firing is still tried.
 */
export class ArtifactFiring {
  readonly #parts: ArtifactFiringParts
  readonly #timers: Timers<Due>
  /** How many firings of each artifact are not done, by its position. */
  readonly #open = new Map<number, number>()
  #unsubscribe: (() => void) | undefined
  #nextRead: Timer | undefined
  #reading: Promise<void> = Promise.resolve()
  readonly #firing = new Set<Promise<void>>()
  /** Artifacts up to this position have been looked at; undefined before the first time. */
  #position: number | undefined
  #isStopped = false

  constructor(parts: ArtifactFiringParts) {
    this.#parts = parts
    this.#timers = new Timers(parts.clock, (due) => this.#onDue(due))
  }

  /** Fires for what was created while no server looked, and for what is created from now on. */
  start(): void {
    this.#unsubscribe = this.#parts.artifacts.subscribe(() => this.#readIn(0))
    this.#readIn(0)
  }

  /** Fires nothing more; resolves when what is being fired is done. What it leaves out, the next server makes up for. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    this.#timers.stop()
    await this.#reading
    await Promise.all(this.#firing)
  }

  #onDue(due: Due): void {
    if (due !== 'read') return this.#startFiring(due.firing)
    this.#nextRead = undefined
    this.#reading = this.#reading.then(() => this.#read())
  }

  #readIn(ms: number): void {
    if (this.#isStopped) return
    this.#nextRead?.cancel()
    this.#nextRead = this.#timers.add(this.#parts.clock.now() + ms, 'read')
  }

  async #read(): Promise<void> {
    try {
      await this.#readNew()
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'cannot look for new artifacts; trying again')
    }
    // Sooner, if there has been news in the meantime.
    if (this.#nextRead === undefined) this.#readIn(this.#parts.rereadMs ?? 30_000)
  }

  async #readNew(): Promise<void> {
    const { repository } = this.#parts
    let position = this.#position ?? (await repository.firedTo())
    for (let full = true; full && !this.#isStopped; ) {
      const artifacts = await repository.after(position, pageSize)
      for (const artifact of artifacts) {
        for (const { key } of await this.#triggersOf(artifact)) this.#startFiring({ key, artifact, failures: 0 })
        position = artifact.position
        this.#position = position
      }
      full = artifacts.length === pageSize
      await Promise.all(this.#firing)
    }
    this.#position = position
    await this.#remember()
  }

  /** The triggers that wait for an artifact, and did when it was created. */
  async #triggersOf(artifact: StoredArtifact): Promise<ReadonlyArray<ArtifactTriggerRow>> {
    const triggers = await this.#parts.repository.waitingTriggers(artifact.project, artifact.domain)
    return triggers.filter((trigger) => artifact.createdAt >= trigger.since && isFor(trigger, artifact))
  }

  #startFiring(firing: Firing): void {
    const { position } = firing.artifact
    if (firing.failures === 0) this.#open.set(position, (this.#open.get(position) ?? 0) + 1)
    const running = this.#fire(firing).finally(() => this.#firing.delete(running))
    this.#firing.add(running)
  }

  async #fire(firing: Firing): Promise<void> {
    const { key, artifact } = firing
    try {
      if (await this.#start(key, artifact)) await this.#settle(firing, FiringState.STARTED, '')
    } catch (error) {
      if (!(await this.#giveUp(firing, error))) return
    }
    const left = (this.#open.get(artifact.position) ?? 1) - 1
    if (left > 0) return void this.#open.set(artifact.position, left)
    this.#open.delete(artifact.position)
    // After a retry, nobody else looks after this.
    if (firing.failures > 0) this.#readIn(0)
  }

  async #start(key: TriggerKey, artifact: StoredArtifact): Promise<boolean> {
    try {
      return await this.#parts.start(key, artifact)
    } catch (error) {
      if (error instanceof AlreadyExistsError) return true
      throw error
    }
  }

  async #settle({ key, artifact, failures }: Firing, state: FiringState, message: string): Promise<void> {
    await this.#parts.firings.record([
      {
        key,
        at: artifact.createdAt,
        state,
        runName: artifactFiringName(key, artifact),
        otherRunName: '',
        failures,
        failingSince: failures > 0 ? artifact.createdAt : null,
        message,
        nextAttemptAt: null,
        updatedAt: this.#parts.clock.now(),
      },
    ])
  }

  /** Tries again later, unless that would be of no use. */
  async #giveUp(firing: Firing, error: unknown): Promise<boolean> {
    const { clock, logger } = this.#parts
    const { key, artifact, failures } = firing
    const facts = { err: error, trigger: key, artifact: artifact.name, version: artifact.version }
    const retryAt = clock.now() + backoffDelayMs(retryBackoff, failures)
    if (isFinal(error) || retryAt - artifact.createdAt > giveUpAfterMs) {
      logger.error(facts, 'a trigger could not start its run')
      const message = error instanceof Error ? error.message : String(error)
      // The log has it, too, when the store does not work.
      await this.#settle({ ...firing, failures: failures + 1 }, FiringState.FAILED, message).catch(() => {})
      return true
    }
    logger.warn({ ...facts, retryAt: new Date(retryAt).toISOString() }, 'a trigger could not start its run yet')
    if (!this.#isStopped) this.#timers.add(retryAt, { firing: { ...firing, failures: failures + 1 } })
    return false
  }

  /** Remembers how far all is fired. */
  async #remember(): Promise<void> {
    const oldest = Math.min(...this.#open.keys())
    const position = Number.isFinite(oldest) ? oldest - 1 : (this.#position ?? 0)
    if (position > 0) await this.#parts.repository.setFiredTo(position)
  }
}

function isFor({ automation }: ArtifactTriggerRow, { name, version }: StoredArtifact): boolean {
  const { automation: wanted } = fromBinary(TriggerAutomationSpecSchema, automation)
  if (wanted.case !== 'artifact' || wanted.value.artifactName !== name) return false
  return wanted.value.version === '' || wanted.value.version === version
}

/** Whether doing the same again would fail again: the trigger, its task or its project does not allow it. */
function isFinal(error: unknown): boolean {
  return isTernError(error) && error.kind === 'user' && !error.retryable
}
