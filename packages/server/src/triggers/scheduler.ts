import { fromBinary } from '@bufbuild/protobuf'
import { AlreadyExistsError, backoffDelayMs, type Clock, isTernError } from '@tern/core'
import { TriggerAutomationSpecSchema } from '@tern/idl/task'
import type { Logger } from 'pino'
import { type Timer, Timers } from '../engine/timers.ts'
import type { StoredTrigger, TriggerKey, TriggersRepository } from '../store/triggers-repository.ts'
import type { Schedule } from './instants.ts'
import { toSchedule } from './schedule.ts'

export interface SchedulerParts {
  readonly repository: Pick<TriggersRepository, 'changedSince' | 'setTriggered'>
  /** Tells of changes that this server makes; those of others are found by reading again. */
  readonly changes: { subscribe(listener: (trigger: StoredTrigger) => void): () => void }
  /** Starts the run of a trigger for an instant. Repeating it is harmless, or throws AlreadyExistsError. */
  readonly fire: (key: TriggerKey, at: number) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
  /**
   * How many of the instants that passed while no server ran are made up for, of each trigger, the latest ones. 0 for
   * none, Infinity for all. Defaults to 1: what a schedule keeps fresh is fresh again, and nothing piles up.
   */
  readonly catchUp?: number | undefined
  /** How often to look for changes that other servers made, in milliseconds. Defaults to 30 seconds. */
  readonly rereadMs?: number | undefined
}

/** A trigger as it was read last. Without a schedule when it is off, deleted, or not started by time. */
interface Entry {
  readonly key: TriggerKey
  readonly revision: number
  readonly schedule: Schedule | undefined
  timer: Timer | undefined
}

interface Firing {
  readonly entry: Entry
  readonly at: number
  readonly failures: number
}

type Due = { readonly entry: Entry; readonly at: number } | { readonly firing: Firing } | 'reread'

// A server that is only late, by this much at most, fires everything that it is late for.
const maxLateMs = 5 * 60_000
// How far apart the clocks of servers that share a database may be.
const maxSkewMs = 5 * 60_000
const pageSize = 200
// Runs are committed in groups: a few at a time make one, and many more would only wait.
const maxConcurrent = 32
const retryBackoff = { baseMs: 1000, factor: 2, capMs: 5 * 60_000 }
const giveUpAfterMs = 24 * 60 * 60_000

/**
 * Starts runs of triggers by their schedules. An instant has one run: its name follows from the trigger and the instant,
 * so that firing again, by this server after a crash or by another one, finds the run there.
 *
 * Costs one timer, whatever the number of triggers, and nothing while none is due.
 */
export class Scheduler {
  readonly #parts: SchedulerParts
  readonly #timers: Timers<Due>
  readonly #entries = new Map<string, Entry>()
  readonly #waiting: Firing[] = []
  readonly #running = new Set<Promise<void>>()
  #unsubscribe: (() => void) | undefined
  #reread: Promise<void> | undefined
  /** Changes before this time have been read. */
  #readUpTo = 0
  #isStopped = false

  constructor(parts: SchedulerParts) {
    this.#parts = parts
    this.#timers = new Timers(parts.clock, (due) => this.#onDue(due))
  }

  /** Reads every schedule, and makes up for what was missed. Resolves when all are scheduled. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#parts.changes.subscribe((trigger) => this.#put(trigger))
    await this.#readAgain()
  }

  /** Fires nothing more; resolves when what is being fired is done. What it leaves out, the next server makes up for. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    this.#timers.stop()
    this.#waiting.length = 0
    await this.#reread
    await Promise.all(this.#running)
  }

  #onDue(due: Due): void {
    if (due === 'reread') void this.#readAgain()
    else if ('firing' in due) this.#enqueue(due.firing)
    else this.#onInstant(due.entry, due.at)
  }

  #onInstant(entry: Entry, at: number): void {
    const now = this.#parts.clock.now()
    if (now - at > maxLateMs) return this.#arm(entry, at - 1, now)
    this.#enqueue({ entry, at, failures: 0 })
    this.#schedule(entry, entry.schedule?.next(at))
  }

  async #readAgain(): Promise<void> {
    this.#reread = this.#readChanges().catch((error: unknown) => {
      this.#parts.logger.warn({ err: error }, 'cannot read triggers; trying again')
    })
    await this.#reread
    if (this.#isStopped) return
    this.#timers.add(this.#parts.clock.now() + (this.#parts.rereadMs ?? 30_000), 'reread')
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
    for (let after = 0; !this.#isStopped; ) {
      const rows = await repository.changedSince(this.#readUpTo, after, pageSize)
      for (const { trigger } of rows) this.#put(trigger)
      const last = rows.at(-1)
      if (last === undefined || rows.length < pageSize) break
      after = last.id
      // To find when each is next due takes a while: others get their turn in between.
      await new Promise(setImmediate)
    }
    this.#readUpTo = Math.max(this.#readUpTo, startedAt - maxSkewMs)
  }

  #put(trigger: StoredTrigger): void {
    if (this.#isStopped) return
    const id = idOf(trigger.key)
    const known = this.#entries.get(id)
    if (known !== undefined && known.revision >= trigger.revision) return
    known?.timer?.cancel()
    const entry: Entry = {
      key: trigger.key,
      revision: trigger.revision,
      schedule: this.#scheduleOf(trigger),
      timer: undefined,
    }
    // Kept when it has no schedule, too: what was read before the change and arrives after it is known to be old.
    this.#entries.set(id, entry)
    this.#arm(entry, Math.max(trigger.scheduledFrom, trigger.triggeredAt ?? 0), this.#parts.clock.now())
  }

  /** Makes up for what was missed since, and waits for what comes next. */
  #arm(entry: Entry, since: number, now: number): void {
    if (entry.schedule === undefined) return
    for (const at of entry.schedule.latest(this.#parts.catchUp ?? 1, since, now)) {
      this.#enqueue({ entry, at, failures: 0 })
    }
    this.#schedule(entry, entry.schedule.next(Math.max(since, now)))
  }

  #schedule(entry: Entry, at: number | undefined): void {
    entry.timer = at === undefined ? undefined : this.#timers.add(at, { entry, at })
  }

  #scheduleOf(trigger: StoredTrigger): Schedule | undefined {
    if (!trigger.active || trigger.deletedAt !== null) return undefined
    const { automation } = fromBinary(TriggerAutomationSpecSchema, trigger.automation)
    if (automation.case !== 'schedule') return undefined
    try {
      return toSchedule(automation.value, trigger.scheduledFrom)
    } catch (error) {
      this.#parts.logger.error({ err: error, trigger: trigger.key }, 'the schedule of a trigger cannot be read')
      return undefined
    }
  }

  #enqueue(firing: Firing): void {
    this.#waiting.push(firing)
    this.#fireWaiting()
  }

  #fireWaiting(): void {
    while (this.#running.size < maxConcurrent && !this.#isStopped) {
      const firing = this.#waiting.shift()
      if (firing === undefined) return
      if (!this.#isLive(firing.entry)) continue
      const running = this.#fire(firing).finally(() => {
        this.#running.delete(running)
        this.#fireWaiting()
      })
      this.#running.add(running)
    }
  }

  /** Whether the trigger is still to start runs, as it was or changed. */
  #isLive({ key }: Entry): boolean {
    return this.#entries.get(idOf(key))?.schedule !== undefined
  }

  async #fire(firing: Firing): Promise<void> {
    const { key } = firing.entry
    try {
      await this.#start(key, firing.at)
      await this.#parts.repository.setTriggered(key, firing.at)
    } catch (error) {
      this.#onFailure(firing, error)
    }
  }

  async #start(key: TriggerKey, at: number): Promise<void> {
    try {
      await this.#parts.fire(key, at)
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error
    }
  }

  #onFailure(firing: Firing, error: unknown): void {
    if (this.#isStopped) return
    const { clock, logger } = this.#parts
    const facts = { err: error, trigger: firing.entry.key, scheduledAt: new Date(firing.at).toISOString() }
    const retryAt = clock.now() + backoffDelayMs(retryBackoff, firing.failures)
    if (isFinal(error) || retryAt - firing.at > giveUpAfterMs) {
      logger.error(facts, 'a trigger could not start its run')
      return
    }
    logger.warn({ ...facts, retryAt: new Date(retryAt).toISOString() }, 'a trigger could not start its run yet')
    this.#timers.add(retryAt, { firing: { ...firing, failures: firing.failures + 1 } })
  }
}

/** Whether doing the same again would fail again: the trigger, its task or its project does not allow it. */
function isFinal(error: unknown): boolean {
  return isTernError(error) && error.kind === 'user' && !error.retryable
}

function idOf({ project, domain, taskName, name }: TriggerKey): string {
  return JSON.stringify([project, domain, taskName, name])
}
