import type { RunKey } from '../engine/model.ts'
import type { QueryDatabase } from './query-database.ts'

/** An image that was built here. */
export interface BuiltImage {
  /** With its tag, and without a registry. */
  readonly name: string
  /** Of what its environment is made of. */
  readonly digest: string
  /** The run that built it. */
  readonly run: RunKey
  readonly builtAt: number
}

/** Images that were built: by name, what was built last. */
export class ImagesRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async find(name: string): Promise<BuiltImage | undefined> {
    const row = await this.#database.db.selectFrom('images').selectAll().where('name', '=', name).executeTakeFirst()
    if (row === undefined) return undefined
    const run = { project: row.run_project, domain: row.run_domain, run: row.run_name }
    return { name, digest: row.digest, run, builtAt: row.built_at }
  }

  async record({ name, digest, run, builtAt }: BuiltImage): Promise<void> {
    const values = {
      digest,
      run_project: run.project,
      run_domain: run.domain,
      run_name: run.run,
      built_at: builtAt,
    }
    await this.#database.db
      .insertInto('images')
      .values({ name, ...values })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .execute()
  }
}
