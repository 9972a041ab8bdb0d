import { create, toBinary } from '@bufbuild/protobuf'
import { RunSpecSchema, ScheduleSchema, TriggerAutomationSpecSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import { FiringState, TriggerSpecSchema } from '@tern/idl/trigger'
import type { FiringRow } from '../../store/firings-repository.ts'
import type { ChangePlace, ScheduleRow, StoredTrigger, TriggerKey } from '../../store/triggers-repository.ts'
import { type Schedule, toSchedule } from '@tern/core/schedule'

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

/** The annotations of a run spec that make a policy. */
export function withPolicy(trigger: StoredTrigger, annotations: Readonly<Record<string, string>>): StoredTrigger {
  const runSpec = create(RunSpecSchema, { annotations: { values: annotations } })
  return { ...trigger, spec: toBinary(TriggerSpecSchema, create(TriggerSpecSchema, { runSpec })) }
}

/** A firing that has been started. */
export function aFiring(name: string, at: number): FiringRow {
  return {
    key: { project: 'p', domain: 'd', taskName: 'env.t', name },
    at,
    state: FiringState.STARTED,
    runName: `r${at}`,
    otherRunName: '',
    failures: 0,
    failingSince: null,
    message: '',
    nextAttemptAt: null,
    updatedAt: at,
  }
}

/** Triggers and their firings in memory, as schedulers see them, shared by those of several servers. */
export class TriggerTable {
  readonly #rows = new Map<string, ScheduleRow>()
  readonly #firings = new Map<string, FiringRow>()
  readonly #pending = new Set<string>()
  readonly #listeners = new Set<(trigger: StoredTrigger) => void>()

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

  /** What became of the instants of a trigger. */
  firingsOf(name: string): ReadonlyArray<FiringRow> {
    return Array.from(this.#firings.values()).filter(({ key }) => key.name === name)
  }

  subscribe(listener: (trigger: StoredTrigger) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async find({ name }: TriggerKey): Promise<StoredTrigger | undefined> {
    return this.#rows.get(name)?.trigger
  }

  async changedAfter({ updatedAt, id }: ChangePlace, limit: number): Promise<ReadonlyArray<ScheduleRow>> {
    const isAfter = (row: ScheduleRow) =>
      row.trigger.updatedAt > updatedAt || (row.trigger.updatedAt === updatedAt && row.id > id)
    const order = (a: ScheduleRow, b: ScheduleRow) => a.trigger.updatedAt - b.trigger.updatedAt || a.id - b.id
    return Array.from(this.#rows.values()).filter(isAfter).sort(order).slice(0, limit)
  }

  async pending(last: FiringRow | undefined): Promise<ReadonlyArray<FiringRow>> {
    return last === undefined ? Array.from(this.#pending, (id) => this.#firings.get(id)!) : []
  }

  async record(firings: ReadonlyArray<FiringRow>): Promise<void> {
    for (const firing of firings) this.#record(firing)
  }

  #record(firing: FiringRow): void {
    const { key, at, state } = firing
    const id = `${key.name} ${at}`
    if (this.#firings.get(id)?.state !== FiringState.STARTED) this.#firings.set(id, firing)
    if (this.#firings.get(id)?.state === FiringState.RETRYING) this.#pending.add(id)
    else this.#pending.delete(id)
    const { id: rowId, trigger } = this.#rows.get(key.name)!
    const settledAt = Math.max(at, trigger.settledAt ?? 0)
    const triggeredAt = state === FiringState.STARTED ? Math.max(at, trigger.triggeredAt ?? 0) : trigger.triggeredAt
    this.#rows.set(key.name, { id: rowId, trigger: { ...trigger, settledAt, triggeredAt } })
  }

  // Which runs are under way is known to databases only.
  decide(): never {
    throw new Error('not in memory')
  }

  liveRuns(): never {
    throw new Error('not in memory')
  }
}
