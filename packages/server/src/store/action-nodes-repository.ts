import { compareText } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import type { QueryDatabase } from './query-database.ts'

/** An action as a node of its run's tree. */
export interface ActionNode {
  readonly seq: number
  readonly parentSeq: number | null
  /** Empty for none. */
  readonly group: string
  readonly phase: ActionPhase
  /** What trees call it: the task's short name, or the last part of its name. */
  readonly name: string
  readonly createdAt: number
  readonly endedAt: number | null
}

/** When an attempt entered its phases; see `runs/timeline.ts`. */
export interface AttemptTimeline {
  /** The action's. */
  readonly name: string
  readonly attempt: number
  readonly timeline: string
}

// Tasks of which nobody watches a run any more are forgotten all at once: it is rare, and they are found again.
const maxNames = 10_000

/** Reads of actions by what their place in the tree takes: a fraction of what lists read. */
export class ActionNodesRepository {
  readonly #database: QueryDatabase
  readonly #names = new Map<string, string>()

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** The next actions of a run, in order of creation: parents come before their children. */
  async after(runId: number, seq: number, limit: number): Promise<ReadonlyArray<ActionNode>> {
    const rows = await this.#nodes(runId).where('seq', '>', seq).orderBy('seq').limit(limit).execute()
    return this.#toNodes(rows)
  }

  /** Those with these places, in order of creation. At most a few hundred at a time. */
  async find(runId: number, seqs: ReadonlyArray<number>): Promise<ReadonlyArray<ActionNode>> {
    if (seqs.length === 0) return []
    return this.#toNodes(await this.#nodes(runId).where('seq', 'in', seqs).orderBy('seq').execute())
  }

  /** The place of the run's latest action; -1 for none. */
  async lastSeq(runId: number): Promise<number> {
    const row = await this.#database.db
      .selectFrom('actions')
      .select('seq')
      .where('run_id', '=', runId)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.seq ?? -1
  }

  /** Names of actions, by place. At most a few hundred at a time. */
  async namesOf(runId: number, seqs: ReadonlyArray<number>): Promise<ReadonlyMap<number, string>> {
    if (seqs.length === 0) return new Map()
    const rows = await this.#database.db
      .selectFrom('actions')
      .select(['seq', 'name'])
      .where('run_id', '=', runId)
      .where('seq', 'in', seqs)
      .execute()
    return new Map(rows.map(({ seq, name }) => [seq, name]))
  }

  /** Places of actions, by name. At most a few hundred at a time. */
  async placesOf(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyMap<string, number>> {
    if (names.length === 0) return new Map()
    const rows = await this.#database.db
      .selectFrom('actions')
      .select(['seq', 'name'])
      .where('run_id', '=', runId)
      .where('name', 'in', names)
      .execute()
    return new Map(rows.map(({ seq, name }) => [name, seq]))
  }

  /** The timelines of all attempts of actions, by the action's name and then by attempt. At most a few hundred at a time. */
  async timelinesOf(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyArray<AttemptTimeline>> {
    if (names.length === 0) return []
    const actions = this.#database.db
      .selectFrom('actions as a')
      .where('a.run_id', '=', runId)
      .where('a.name', 'in', names)
    const [latest, ended] = await Promise.all([
      actions.select(['a.name', 'a.attempt', 'a.timeline']).execute(),
      actions
        .innerJoin('attempts as t', (join) => join.onRef('t.run_id', '=', 'a.run_id').onRef('t.seq', '=', 'a.seq'))
        .select(['a.name', 't.attempt', 't.timeline'])
        .execute(),
    ])
    const byPlace = (a: AttemptTimeline, b: AttemptTimeline) => compareText(a.name, b.name) || a.attempt - b.attempt
    return [...ended, ...latest].sort(byPlace)
  }

  #nodes(runId: number) {
    return this.#database.db
      .selectFrom('actions')
      .select(['seq', 'parent_seq', 'phase', 'action_group', 'spec_digest', 'created_at', 'ended_at'])
      .where('run_id', '=', runId)
  }

  async #toNodes(rows: ReadonlyArray<NodeRow>): Promise<ActionNode[]> {
    await this.#learnNames(rows)
    return rows.map((row) => ({
      seq: row.seq,
      parentSeq: row.parent_seq,
      group: row.action_group ?? '',
      phase: row.phase as ActionPhase,
      name: this.#names.get(row.spec_digest) ?? '',
      createdAt: row.created_at,
      endedAt: row.ended_at,
    }))
  }

  /** Specs are few and do not change, so that joining them to every action is not worth it. */
  async #learnNames(rows: ReadonlyArray<NodeRow>): Promise<void> {
    if (this.#names.size > maxNames) this.#names.clear()
    const digests = new Set<string>()
    for (const { spec_digest } of rows) if (!this.#names.has(spec_digest)) digests.add(spec_digest)
    if (digests.size === 0) return
    const specs = await this.#database.db
      .selectFrom('task_specs')
      .select(['digest', 'task_name', 'short_name'])
      .where('digest', 'in', [...digests])
      .execute()
    for (const spec of specs) this.#names.set(spec.digest, shownName(spec.short_name, spec.task_name))
  }
}

function shownName(shortName: string, taskName: string): string {
  return shortName === '' ? taskName.slice(taskName.lastIndexOf('.') + 1) : shortName
}

interface NodeRow {
  readonly seq: number
  readonly parent_seq: number | null
  readonly phase: number
  readonly action_group: string | null
  readonly spec_digest: string
  readonly created_at: number
  readonly ended_at: number | null
}
