import { ActionPhase } from '@tern/idl/common'
import { ActionType } from '@tern/idl/workflow'
import { toActionRecord, toSpecRow } from './engine-rows.ts'
import type { QueryDatabase } from './query-database.ts'
import type { EarlierTrace, RecoveryReads } from './recovery-reads.ts'

// Of names in one query.
const namesPerQuery = 500

/** Reads of the run that another one recovers. */
export class RecoveryRepository implements RecoveryReads {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async tracesOf(runId: number, parent: string): Promise<ReadonlyArray<EarlierTrace>> {
    const actions = await this.#database.db
      .selectFrom('actions as a')
      .innerJoin('actions as p', (join) => join.onRef('p.run_id', '=', 'a.run_id').onRef('p.seq', '=', 'a.parent_seq'))
      .selectAll('a')
      .where('a.run_id', '=', runId)
      .where('p.name', '=', parent)
      .where('a.action_type', '=', ActionType.TRACE)
      .where('a.phase', 'in', [ActionPhase.SUCCEEDED, ActionPhase.RECOVERED])
      .orderBy('a.seq')
      .execute()
    if (actions.length === 0) return []
    const digests = [...new Set(actions.map((action) => action.spec_digest))]
    const specs = await this.#database.db.selectFrom('task_specs').selectAll().where('digest', 'in', digests).execute()
    const byDigest = new Map(specs.map((spec) => [spec.digest, toSpecRow({ ...spec })]))
    return actions.flatMap((action) => {
      const spec = byDigest.get(action.spec_digest)
      return spec === undefined ? [] : [{ action: toActionRecord({ ...action }), spec }]
    })
  }

  async parentsOf(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
    const parents = new Set<string>()
    for (let from = 0; from < names.length; from += namesPerQuery) {
      const rows = await this.#database.db
        .selectFrom('actions as a')
        .innerJoin('actions as p', (join) =>
          join.onRef('p.run_id', '=', 'a.run_id').onRef('p.seq', '=', 'a.parent_seq'),
        )
        .select('p.name')
        .distinct()
        .where('a.run_id', '=', runId)
        .where('a.name', 'in', names.slice(from, from + namesPerQuery))
        .execute()
      for (const { name } of rows) parents.add(name)
    }
    return [...parents]
  }
}
