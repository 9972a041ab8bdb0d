import { setImmediate } from 'node:timers/promises'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type Clock, fromTimestamp } from '@tern/core'
import { type ActionEvent, ActionEventSchema } from '@tern/idl/workflow'
import type { OpenChangeFeed } from '../engine/model.ts'
import type { EventRow, EventsRepository } from '../store/events-repository.ts'

export interface ActionEventsParts {
  readonly repository: EventsRepository
  /** Told of each action that has new events. */
  readonly changes: OpenChangeFeed
  readonly clock: Clock
}

/** An event of an action that exists. */
export interface RecordedEvent {
  readonly runId: number
  readonly seq: number
  readonly event: ActionEvent
}

const storedAtOnce = 500

/** What executors report of attempts, beside what actions themselves show. */
export class ActionEvents {
  readonly repository: EventsRepository
  readonly #changes: OpenChangeFeed
  readonly #clock: Clock

  constructor({ repository, changes, clock }: ActionEventsParts) {
    this.repository = repository
    this.#changes = changes
    this.#clock = clock
  }

  /**
   * Stores events; those with the attempt, phase and version of a stored one change nothing. Then watchers are told. If it
   * fails, some may be stored: it may be called again.
   */
  async record(events: ReadonlyArray<RecordedEvent>): Promise<void> {
    const now = this.#clock.now()
    for (let from = 0; from < events.length; from += storedAtOnce) {
      await this.repository.add(events.slice(from, from + storedAtOnce).map((recorded) => toRow(recorded, now)))
      // An embedded database answers within the call: others get their turn here.
      if (from + storedAtOnce < events.length) await setImmediate()
    }
    const told = new Set<string>()
    for (const { runId, seq } of events) {
      const key = `${runId}/${seq}`
      if (told.has(key)) continue
      told.add(key)
      this.#changes.publish({ runId, seq, kind: 'action' })
    }
  }
}

/** The event in a stored row. */
export function toEvent({ event }: { readonly event: Uint8Array }): ActionEvent {
  return fromBinary(ActionEventSchema, event)
}

/** When an event was reported; undefined when it does not say. */
export function reportedAt({ reportedTime, updatedTime }: ActionEvent): number | undefined {
  const time = reportedTime ?? updatedTime
  return time && Math.trunc(fromTimestamp(time))
}

function toRow({ runId, seq, event }: RecordedEvent, now: number): EventRow {
  const { id: _, ...rest } = event
  return {
    runId,
    seq,
    attempt: event.attempt,
    phase: event.phase,
    version: event.version,
    reportedAt: reportedAt(event) ?? now,
    hasLogContext: event.logContext !== undefined,
    event: toBinary(ActionEventSchema, create(ActionEventSchema, rest)),
  }
}
