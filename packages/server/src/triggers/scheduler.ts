import { fromBinary } from '@bufbuild/protobuf'
import { backoffDelayMs, type Clock } from '@tern/core'
import { TriggerAutomationSpecSchema } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import type { Logger } from 'pino'
import { type Timer, Timers } from '../engine/timers.ts'
import type { FiringRow } from '../store/firings-repository.ts'
import {
  type ChangePlace,
  type StoredTrigger,
  triggerId,
  type TriggerKey,
  type TriggersRepository,
} from '../store/triggers-repository.ts'
import { type Firing, type FiringResult, type Firings, maxRetryDelayMs } from './firings.ts'
import { type Schedule, toSchedule } from '@tern/core/schedule'
import { type Job, JobQueue } from './job-queue.ts'
import { policyPrefix, type TriggerPolicy, toPolicy } from './policy.ts'
import { Retries } from './retries.ts'

export interface SchedulerParts {
  readonly repository: Pick<TriggersRepository, 'changedAfter'>
  /** Tells of changes that this server makes; those of others are found by reading again. */
  readonly changes: { subscribe(listener: (trigger: StoredTrigger) => void): () => void }
  readonly firings: Pick<Firings, 'fire' | 'giveUp' | 'pending'>
  readonly clock: Clock
  readonly logger: Logger
  /** How often to look for changes that other servers made, in milliseconds. Defaults to 30 seconds. */
  readonly rereadMs?: number | undefined
}

interface Timed {
  readonly schedule: Schedule
  readonly policy: TriggerPolicy
}

/** A trigger as it was read last. */
interface Entry {
  readonly id: string
  readonly key: TriggerKey
  readonly revision: number
  /** Undefined when it is off, deleted, or not started by time. */
  readonly timed: Timed | undefined
  /** Instants up to here are done with. */
  settledAt: number
  failures: number
  timer: Timer | undefined
}

// An instant is missed when it is late by more than this; then the trigger's policy says what to do about it.
const maxLateMs = 60_000
// How far apart the clocks of servers that share a database may be. A clock that is behind what it has been by more was
// set back.
const maxSkewMs = 5 * 60_000
const pageSize = 200
const storeBackoff = { baseMs: 1000, factor: 2, capMs: 30_000 }

/**
 * Starts runs of triggers by their schedules. An instant has one run: its name follows from the trigger and the instant,
 * so that firing again, by this server after a crash or by another one, finds the run there.
 *
 * The instants of a trigger are fired one after the other, and settled in the store before the next, so that a server
 * that stops anywhere has left none out. Costs one timer, whatever the number of triggers, and next to nothing while
 * none is due.
 */
export class Scheduler {
  readonly #parts: SchedulerParts
  readonly #timers: Timers<Entry>
  readonly #retries: Retries
  readonly #entries = new Map<string, Entry>()
  readonly #jobs = new JobQueue()
  #unsubscribe: (() => void) | undefined
  #reread: Promise<void> | undefined
  #rereadTimer: NodeJS.Timeout | undefined
  /** When changes were looked for last. */
  #readAt = 0
  #isStopped = false

  constructor(parts: SchedulerParts) {
    this.#parts = parts
    this.#timers = new Timers(parts.clock, (entry) => this.#advance(entry))
    this.#retries = new Retries(parts.clock, {
      due: (firing) => this.#retry(firing),
      tooMany: (firing) => this.#giveUp(firing),
    })
  }

  /** Reads every schedule, and makes up for what was missed. Resolves when all are scheduled. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#parts.changes.subscribe((trigger) => this.#put(trigger))
    await this.#readAgain(0)
  }

  /** Fires nothing more; resolves when what is being fired is done. What it leaves out, the next server makes up for. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    clearTimeout(this.#rereadTimer)
    this.#timers.stop()
    this.#retries.stop()
    await Promise.all([this.#reread, this.#jobs.stop()])
  }

  // Goes by real time, and so notices when the clock is set.
  #onReread(): void {
    const isSetBack = this.#parts.clock.now() < this.#readAt - maxSkewMs
    if (isSetBack) this.#waitAnew()
    this.#timers.check()
    this.#retries.check()
    void this.#readAgain(isSetBack ? 0 : maxLateMs)
  }

  /** What waits for a time that was near may now wait for one that is far. */
  #waitAnew(): void {
    this.#retries.clear()
    for (const entry of this.#entries.values()) {
      entry.timer?.cancel()
      this.#advance(entry)
    }
  }

  /** Also looks for firings that nobody has gone on with for `forgottenMs`: the server that had them is gone. */
  async #readAgain(forgottenMs: number): Promise<void> {
    this.#reread = this.#readChanges()
      .then(() => this.#readPending(forgottenMs))
      .catch((error: unknown) => {
        this.#parts.logger.warn({ err: error }, 'cannot read triggers; trying again')
      })
    await this.#reread
    if (this.#isStopped) return
    this.#rereadTimer = setTimeout(() => this.#onReread(), this.#parts.rereadMs ?? 30_000)
  }

  /** Another server may have changed triggers: reads them without waiting for the next time to do so. */
  readNow(): void {
    const read = (this.#reread ?? Promise.resolve()).then(() => this.#readChanges())
    this.#reread = read.catch((error: unknown) => {
      this.#parts.logger.warn({ err: error }, 'cannot read triggers; trying again')
    })
  }

  async #readChanges(): Promise<void> {
    const { repository, clock } = this.#parts
    const startedAt = clock.now()
    let place: ChangePlace = { updatedAt: Math.min(this.#readAt, startedAt) - maxSkewMs, id: 0 }
    while (!this.#isStopped) {
      const rows = await repository.changedAfter(place, pageSize)
      for (const { trigger } of rows) this.#put(trigger)
      const last = rows.at(-1)
      if (last === undefined || rows.length < pageSize) break
      place = { updatedAt: last.trigger.updatedAt, id: last.id }
      // To find when each is next due takes a while: others get their turn in between.
      await new Promise(setImmediate)
    }
    this.#readAt = startedAt
  }

  async #readPending(forgottenMs: number): Promise<void> {
    const { firings, clock } = this.#parts
    const latest = clock.now() + maxRetryDelayMs
    for (let last: FiringRow | undefined; !this.#isStopped; ) {
      const rows = await firings.pending(last, pageSize)
      for (const row of rows) {
        const at = Math.min(row.nextAttemptAt ?? row.updatedAt, latest)
        if (forgottenMs === 0 || at < clock.now() - forgottenMs) this.#retries.add(at, toFiring(row))
      }
      if (rows.length < pageSize) return
      last = rows.at(-1)
    }
  }

  #put(trigger: StoredTrigger): void {
    if (this.#isStopped) return
    const id = triggerId(trigger.key)
    const known = this.#entries.get(id)
    if (known !== undefined && known.revision >= trigger.revision) return
    known?.timer?.cancel()
    const entry: Entry = {
      id,
      key: trigger.key,
      revision: trigger.revision,
      timed: this.#timedOf(trigger),
      settledAt: Math.max(trigger.scheduledFrom, trigger.settledAt ?? 0, known?.settledAt ?? 0),
      failures: 0,
      timer: undefined,
    }
    // Kept when it has no schedule, too: what was read before the change and arrives after it is known to be old.
    this.#entries.set(id, entry)
    this.#advance(entry)
  }

  #timedOf(trigger: StoredTrigger): Timed | undefined {
    if (!trigger.active || trigger.deletedAt !== null) return undefined
    try {
      const { automation } = fromBinary(TriggerAutomationSpecSchema, trigger.automation)
      if (automation.case !== 'schedule') return undefined
      return { schedule: toSchedule(automation.value, trigger.scheduledFrom), policy: policyOf(trigger) }
    } catch (error) {
      this.#parts.logger.error({ err: error, trigger: trigger.key }, 'the schedule of a trigger cannot be read')
      return undefined
    }
  }

  /** Fires the next instant when it is due, else waits for it. */
  #advance(entry: Entry): void {
    const { timed } = entry
    if (timed === undefined || this.#entries.get(entry.id) !== entry || this.#isStopped) return
    const now = this.#parts.clock.now()
    // The clock was set back: names tell which of the instants that come again have been fired.
    if (entry.settledAt > now + maxSkewMs) entry.settledAt = now
    let at = timed.schedule.next(entry.settledAt)
    if (at !== undefined && now - at > maxLateMs) {
      entry.settledAt = leftOutUpTo(timed, entry.settledAt, now)
      at = timed.schedule.next(entry.settledAt)
    }
    if (at === undefined) return
    if (at > now) entry.timer = this.#timers.add(at, entry)
    else this.#jobs.add(this.#instantOf(entry, at, timed.policy), now - at > maxLateMs)
  }

  #instantOf(entry: Entry, at: number, { overlap }: TriggerPolicy): Job {
    const { key, revision } = entry
    return {
      isWanted: () => this.#entries.get(entry.id) === entry,
      execute: async () => {
        const result = await this.#fire({ key, at, overlap, revision, failures: 0, failingSince: null })
        if (result === undefined) return this.#wait(entry)
        if (result.kind === 'changed') return this.#onChanged(entry, result.trigger)
        entry.failures = 0
        entry.settledAt = at
        this.#advance(entry)
      },
    }
  }

  /** Undefined when the store does not work: nothing has been settled. */
  async #fire(firing: Firing): Promise<FiringResult | undefined> {
    const { logger, firings } = this.#parts
    const facts = { trigger: firing.key, scheduledAt: new Date(firing.at).toISOString() }
    try {
      const result = await firings.fire(firing)
      if (result.kind === 'failed') this.#onFailure(result, facts)
      return result
    } catch (error) {
      if (!this.#isStopped) logger.warn({ err: error, ...facts }, 'a trigger cannot fire now; trying again')
      return undefined
    }
  }

  #onFailure({ error, retry }: FiringResult & { readonly kind: 'failed' }, facts: object): void {
    const { logger } = this.#parts
    if (retry === undefined) {
      logger.error({ err: error, ...facts }, 'a trigger could not start its run')
      return
    }
    const retryAt = new Date(retry.at).toISOString()
    logger.warn({ err: error, ...facts, retryAt }, 'a trigger could not start its run yet')
    if (!this.#isStopped) this.#retries.add(retry.at, retry.firing)
  }

  #wait(entry: Entry): void {
    if (this.#isStopped || this.#entries.get(entry.id) !== entry) return
    const delayMs = backoffDelayMs(storeBackoff, entry.failures)
    entry.failures += 1
    entry.timer = this.#timers.add(this.#parts.clock.now() + delayMs, entry)
  }

  /** Another server has changed the trigger. */
  #onChanged(entry: Entry, trigger: StoredTrigger | undefined): void {
    if (trigger !== undefined) this.#put(trigger)
    else if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id)
  }

  #retry(firing: Firing): void {
    const overlap = this.#entries.get(triggerId(firing.key))?.timed?.policy.overlap ?? firing.overlap
    const execute = async () => {
      const result = await this.#fire({ ...firing, overlap })
      if (result !== undefined || this.#isStopped) return
      this.#retries.add(this.#parts.clock.now() + storeBackoff.capMs, firing)
    }
    this.#jobs.add({ isWanted: () => true, execute }, false)
  }

  #giveUp(firing: Firing): void {
    const message = 'there are too many firings of the trigger to be tried again'
    const execute = async () => {
      this.#parts.logger.error({ trigger: firing.key, scheduledAt: new Date(firing.at).toISOString() }, message)
      // Left as it is when the store does not work: what is too old is forgotten there anyway.
      await this.#parts.firings.giveUp(firing, message).catch(() => {})
    }
    this.#jobs.add({ isWanted: () => true, execute }, true)
  }
}

// Most have none, and inputs that would be decoded along with them.
function policyOf({ spec }: StoredTrigger): TriggerPolicy {
  const mayHavePolicy = Buffer.from(spec.buffer, spec.byteOffset, spec.byteLength).includes(policyPrefix)
  return toPolicy(mayHavePolicy ? fromBinary(TriggerSpecSchema, spec).runSpec : undefined)
}

/** The time before the instants that are still to be fired, of those that were missed. */
function leftOutUpTo({ schedule, policy }: Timed, settledAt: number, now: number): number {
  if (policy.catchUp === Number.POSITIVE_INFINITY) return settledAt
  const first = schedule.latest(policy.catchUp, settledAt, now).at(0)
  // What is only late counts as one of the latest, and is fired whatever the policy.
  return Math.max(settledAt, Math.min(now - maxLateMs, first === undefined ? now : first - 1))
}

function toFiring({ key, at, failures, failingSince }: FiringRow): Firing {
  return { key, at, overlap: 'allow', revision: undefined, failures, failingSince }
}
