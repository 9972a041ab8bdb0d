import type { ListRequest } from '@tern/idl/common'
import { sql } from 'kysely'
import { type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'

/** Who may use a secret: all, the projects of a domain, or one project in a domain. */
export interface SecretScope {
  /** Empty, as is the project, for all. */
  readonly domain: string
  /** Empty for a whole domain. */
  readonly project: string
}

export interface SecretKey extends SecretScope {
  readonly name: string
}

/** What may be shown of a secret. */
export interface StoredSecret extends SecretKey {
  /** flyteidl2.secret.SecretType */
  readonly type: number
  readonly createdAt: number
}

/** A secret's value, as it is stored. */
export interface SealedSecret extends SecretKey {
  readonly type: number
  /** Tells which key the value is sealed with. */
  readonly keyId: string
  readonly sealedValue: Uint8Array
}

export class SecretsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** False when the scope has a secret of that name. */
  async create(secret: SealedSecret, at: number): Promise<boolean> {
    const { domain, project, name } = secret
    const { numInsertedOrUpdatedRows } = await this.#database.db
      .insertInto('secrets')
      .values({ domain, project, name, ...valuesOf(secret), created_at: at, updated_at: at })
      .onConflict((conflict) => conflict.columns(['domain', 'project', 'name']).doNothing())
      .executeTakeFirst()
    return (numInsertedOrUpdatedRows ?? 0n) > 0n
  }

  /** False when there is no such secret. */
  async replace(secret: SealedSecret, at: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database.db
      .updateTable('secrets')
      .set({ ...valuesOf(secret), updated_at: at })
      .where('domain', '=', secret.domain)
      .where('project', '=', secret.project)
      .where('name', '=', secret.name)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  /** False when there was no such secret. */
  async delete({ domain, project, name }: SecretKey): Promise<boolean> {
    const { numDeletedRows } = await this.#database.db
      .deleteFrom('secrets')
      .where('domain', '=', domain)
      .where('project', '=', project)
      .where('name', '=', name)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async find({ domain, project, name }: SecretKey): Promise<StoredSecret | undefined> {
    const row = await this.#database.db
      .selectFrom('secrets')
      .select(shownColumns)
      .where('domain', '=', domain)
      .where('project', '=', project)
      .where('name', '=', name)
      .executeTakeFirst()
    return row && toStoredSecret(row)
  }

  /** Secrets of a scope and of the narrower ones in it, by domain, project and name. */
  async list({ domain, project }: SecretScope, request: ListRequest): Promise<Page<StoredSecret>> {
    const plan = planList(this.#database, request, {
      name: `secrets/${domain}/${project}`,
      fields: { byName: {} },
      defaultOrder: ['domain', 'project', 'name'].map((column) => ({ expression: sql.ref(column), descending: false })),
    })
    let query = this.#database.db.selectFrom('secrets').select([...shownColumns, ...sortColumns(plan.order)])
    if (domain !== '') query = query.where('domain', '=', domain)
    if (project !== '') query = query.where('project', '=', project)
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression } of plan.order) query = query.orderBy(expression, 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), toStoredSecret)
  }

  /** Secrets of these names that a project in a domain sees: its own, those of the domain, and those of all. */
  async visible({ domain, project }: SecretScope, names: ReadonlyArray<string>): Promise<ReadonlyArray<SealedSecret>> {
    const rows = await this.#database.db
      .selectFrom('secrets')
      .select(['domain', 'project', 'name', 'type', 'key_id', 'sealed_value'])
      .where('domain', 'in', ['', domain])
      .where('project', 'in', ['', project])
      .where('name', 'in', names)
      .execute()
    return rows.map(({ key_id, sealed_value, ...key }) => ({ ...key, keyId: key_id, sealedValue: sealed_value }))
  }

  /** A key other than this one that a secret is sealed with; undefined when there is none. */
  async findOtherKey(keyId: string): Promise<string | undefined> {
    const row = await this.#database.db
      .selectFrom('secrets')
      .select('key_id')
      .where('key_id', '!=', keyId)
      .limit(1)
      .executeTakeFirst()
    return row?.key_id
  }
}

const shownColumns = ['domain', 'project', 'name', 'type', 'created_at'] as const

interface ShownRow extends SecretKey {
  readonly type: number
  readonly created_at: number
}

function toStoredSecret({ domain, project, name, type, created_at }: ShownRow): StoredSecret {
  return { domain, project, name, type, createdAt: created_at }
}

function valuesOf({ type, keyId, sealedValue }: SealedSecret) {
  return { type, key_id: keyId, sealed_value: sealedValue }
}
