import type { QueryDatabase } from './query-database.ts'

/** Whom settings are for: all, a domain, or a project in a domain. */
export interface SettingsScope {
  /** Empty, as is the project, for all. */
  readonly domain: string
  /** Empty for a whole domain. */
  readonly project: string
}

/** What was set for a scope, without what it inherits. */
export interface StoredSettings extends SettingsScope {
  /** flyteidl2.settings.Settings */
  readonly settings: Uint8Array
  /** From 1; every change adds one. */
  readonly version: number
}

export class SettingsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** What is set for the scopes that this one inherits from, and for itself, the broadest first. */
  async levels({ domain, project }: SettingsScope): Promise<ReadonlyArray<StoredSettings>> {
    return this.#database.db
      .selectFrom('settings')
      .select(['domain', 'project', 'settings', 'version'])
      .where('domain', 'in', [...new Set(['', domain])])
      .where('project', 'in', [...new Set(['', project])])
      .orderBy('domain')
      .orderBy('project')
      .execute()
  }

  /** False when something is set for the scope. */
  async create({ domain, project }: SettingsScope, settings: Uint8Array, at: number): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#database.db
      .insertInto('settings')
      .values({ domain, project, settings, version: 1, created_at: at, updated_at: at })
      .onConflict((conflict) => conflict.columns(['domain', 'project']).doNothing())
      .executeTakeFirst()
    return (numInsertedOrUpdatedRows ?? 0n) > 0n
  }

  /** False when what is set does not have this version, or nothing is set at all. */
  async replace(scope: SettingsScope, settings: Uint8Array, version: number, at: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database.db
      .updateTable('settings')
      .set({ settings, version: version + 1, updated_at: at })
      .where('domain', '=', scope.domain)
      .where('project', '=', scope.project)
      .where('version', '=', version)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }
}
