import { create, toBinary } from '@bufbuild/protobuf'
import { ScheduleSchema, TriggerAutomationSpecSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import type { ScheduleRow, StoredTrigger, TriggerKey } from '../../store/triggers-repository.ts'
import type { Schedule } from '../instants.ts'
import { toSchedule } from '../schedule.ts'

/** An active trigger by a cron expression, deployed at `from`. */
export function aTrigger(name: string, expression: string, timezone: string, from: number): StoredTrigger {
  const schedule = create(ScheduleSchema, { expression: { case: 'cron', value: { expression, timezone } } })
  const automation = create(TriggerAutomationSpecSchema, {
    type: TriggerAutomationSpecType.TYPE_SCHEDULE,
    automation: { case: 'schedule', value: schedule },
  })
  return {
    key: { project: 'p', domain: 'd', taskName: 'env.t', name },
    revision: 1,
    spec: new Uint8Array(),
    automation: toBinary(TriggerAutomationSpecSchema, automation),
    automationType: TriggerAutomationSpecType.TYPE_SCHEDULE,
    taskVersion: 'v1',
    active: true,
    description: '',
    deployedBy: null,
    updatedBy: null,
    deployedAt: from,
    updatedAt: from,
    scheduledFrom: from,
    settledAt: null,
    triggeredAt: null,
    deletedAt: null,
  }
}

/** The schedule of a cron expression. */
export function cronSchedule(expression: string, timezone: string, from: number): Schedule {
  return toSchedule(create(ScheduleSchema, { expression: { case: 'cron', value: { expression, timezone } } }), from)
}

/** Triggers in memory, as schedulers read them, shared by those of several servers. */
export class TriggerTable {
  readonly #rows = new Map<string, ScheduleRow>()
  readonly #listeners = new Set<(trigger: StoredTrigger) => void>()
  /** Look-ups of changes so far. */
  reads = 0

  /** Changes a trigger; `told` says whether schedulers of this server hear of it. */
  put(trigger: StoredTrigger, told = false): void {
    const { name } = trigger.key
    const id = this.#rows.get(name)?.id ?? this.#rows.size + 1
    this.#rows.set(name, { id, trigger })
    if (told) for (const listener of this.#listeners) listener(trigger)
  }

  get(name: string): StoredTrigger {
    return this.#rows.get(name)!.trigger
  }

  subscribe(listener: (trigger: StoredTrigger) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async changedSince(time: number, afterId: number, limit: number): Promise<ReadonlyArray<ScheduleRow>> {
    this.reads += 1
    return Array.from(this.#rows.values())
      .filter(({ id, trigger }) => id > afterId && trigger.updatedAt >= time)
      .slice(0, limit)
  }

  async setTriggered({ name }: TriggerKey, at: number): Promise<void> {
    const row = this.#rows.get(name)!
    if ((row.trigger.triggeredAt ?? 0) >= at) return
    this.#rows.set(name, { ...row, trigger: { ...row.trigger, triggeredAt: at } })
  }
}
