import { TriggerAutomationSpecType } from '@tern/idl/task'
import type { ListRequest } from '@tern/idl/common'
import { type CompiledQuery, type Expression, type Selectable, type SqlBool, sql } from 'kysely'
import {
  type ListField,
  type ListFields,
  numberField,
  optionalTextField,
  textField,
  textOf,
  timeField,
} from './list-fields.ts'
import { type ListPlan, type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'
import type { ArtifactsTable } from './schema/artifact-tables.ts'
import type { TriggerKey } from './triggers-repository.ts'

/** An artifact, whatever its version. */
export interface ArtifactName {
  readonly project: string
  readonly domain: string
  readonly name: string
}

/** A version of an artifact that is to be stored. */
export interface NewArtifact extends ArtifactName {
  readonly version: string
  /** flyteidl2.artifact.ArtifactSpec; without its value when that is at `valueUri`. */
  readonly spec: Uint8Array
  /** Full path of a serialized flyteidl2.core.Literal. */
  readonly valueUri: string | null
  /** Of the serialized value, in bytes. */
  readonly valueSize: number
  /** Of what tells it from another. */
  readonly digest: string
  readonly sourceRun: string | null
  readonly sourceAction: string | null
  readonly sourceExternalRef: string | null
  /** flyteidl2.common.EnrichedIdentity */
  readonly createdBy: Uint8Array | null
  readonly createdBySubject: string | null
  readonly createdAt: number
  /** What its user said about it. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface StoredArtifact extends Omit<NewArtifact, 'metadata'> {
  /** Counts all versions of all artifacts, in the order of their creation. */
  readonly position: number
}

/** A name, its latest version, and how many there are. */
export interface ArtifactGroup {
  readonly latest: StoredArtifact
  readonly versions: number
}

/** Where artifacts are listed from: a project and domain, or one name there. */
export interface ArtifactScope {
  readonly project: string
  readonly domain: string
  readonly name?: string | undefined
}

/** A trigger that waits for artifacts. */
export interface ArtifactTriggerRow {
  readonly key: TriggerKey
  /** flyteidl2.task.TriggerAutomationSpec */
  readonly automation: Uint8Array
  /** Since when it counts: it was deployed, changed or switched on then. */
  readonly since: number
}

export class ArtifactsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async find(name: ArtifactName, version: string): Promise<StoredArtifact | undefined> {
    const row = await this.#versions(name).selectAll().where('version', '=', version).executeTakeFirst()
    return row && toStoredArtifact(row)
  }

  /** The version that was created last. */
  async findLatest(name: ArtifactName): Promise<StoredArtifact | undefined> {
    const row = await this.#versions(name).selectAll().orderBy('position', 'desc').limit(1).executeTakeFirst()
    return row && toStoredArtifact(row)
  }

  /** Stores a version, with a position after all others. Fails when the version is there. */
  async insert(artifact: NewArtifact): Promise<void> {
    await this.#database.writeTogether([
      this.#nextPosition(),
      this.#insertVersion(artifact),
      ...this.#insertMetadata(artifact),
      this.#putName(artifact),
    ])
  }

  /** Versions of artifacts, the latest first unless the request says otherwise. */
  async list(scope: ArtifactScope, request: ListRequest | undefined): Promise<Page<StoredArtifact>> {
    const plan = planList(this.#database, request, {
      name: `artifacts ${JSON.stringify([scope.project, scope.domain, scope.name])}`,
      fields: artifactFields,
      defaultOrder: [{ expression: sql.ref('a.position'), descending: true }],
    })
    let query = this.#database.db
      .selectFrom('artifacts as a')
      .selectAll('a')
      .select(sortColumns(plan.order))
      .where('a.project', '=', scope.project)
      .where('a.domain', '=', scope.domain)
    if (scope.name !== undefined) query = query.where('a.name', '=', scope.name)
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), toStoredArtifact)
  }

  /** Names of artifacts with their latest versions, the last changed first unless the request says otherwise. */
  async listNames(scope: Omit<ArtifactScope, 'name'>, request: ListRequest | undefined): Promise<Page<ArtifactGroup>> {
    const plan: ListPlan = planList(this.#database, request, {
      name: `artifact names ${JSON.stringify([scope.project, scope.domain])}`,
      fields: nameFields,
      defaultOrder: [{ expression: sql.ref('n.latest'), descending: true }],
    })
    let query = this.#database.db
      .selectFrom('artifact_names as n')
      .innerJoin('artifacts as a', 'a.position', 'n.latest')
      .selectAll('a')
      .select('n.versions')
      .select(sortColumns(plan.order))
      .where('n.project', '=', scope.project)
      .where('n.domain', '=', scope.domain)
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), (row) => ({
      latest: toStoredArtifact(row),
      versions: row.versions,
    }))
  }

  /** The next artifacts, of all projects, in the order of their creation. */
  async after(position: number, limit: number): Promise<ReadonlyArray<StoredArtifact>> {
    const rows = await this.#database.db
      .selectFrom('artifacts')
      .selectAll()
      .where('position', '>', position)
      .orderBy('position')
      .limit(limit)
      .execute()
    return rows.map(toStoredArtifact)
  }

  /** Triggers that are on and wait for artifacts of a project and domain. */
  async waitingTriggers(project: string, domain: string): Promise<ReadonlyArray<ArtifactTriggerRow>> {
    const rows = await this.#database.db
      .selectFrom('triggers')
      .select(['task_name', 'name', 'automation_spec', 'scheduled_from'])
      // Written out, as the index has it.
      .where(sql<SqlBool>`automation_type = ${sql.lit(TriggerAutomationSpecType.TYPE_ARTIFACT)}`)
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('active', '=', 1)
      .where('deleted_at', 'is', null)
      .execute()
    return rows.map((row) => ({
      key: { project, domain, taskName: row.task_name, name: row.name },
      automation: row.automation_spec,
      since: row.scheduled_from,
    }))
  }

  /** The position up to which triggers have fired. */
  async firedTo(): Promise<number> {
    const row = await this.#database.db
      .selectFrom('artifact_progress')
      .select('fired_to')
      .where('id', '=', 1)
      .executeTakeFirstOrThrow()
    return row.fired_to
  }

  /** Remembers the position up to which triggers have fired; never goes back. */
  async setFiredTo(position: number): Promise<void> {
    await this.#database.db
      .updateTable('artifact_progress')
      .set({ fired_to: position })
      .where('id', '=', 1)
      .where('fired_to', '<', position)
      .execute()
  }

  #versions({ project, domain, name }: ArtifactName) {
    return this.#database.db
      .selectFrom('artifacts')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', name)
  }

  // Locks the row until the commit, so that positions become visible in their order.
  #nextPosition(): CompiledQuery {
    return this.#database.db
      .updateTable('artifact_progress')
      .set((column) => ({ last_position: sql<number>`${column.ref('last_position')} + 1` }))
      .where('id', '=', 1)
      .compile()
  }

  #insertVersion(artifact: NewArtifact): CompiledQuery {
    return this.#database.db
      .insertInto('artifacts')
      .values({
        position: lastPosition,
        project: artifact.project,
        domain: artifact.domain,
        name: artifact.name,
        version: artifact.version,
        spec: artifact.spec,
        value_uri: artifact.valueUri,
        value_size: artifact.valueSize,
        digest: artifact.digest,
        source_run: artifact.sourceRun,
        source_action: artifact.sourceAction,
        source_external_ref: artifact.sourceExternalRef,
        created_by: artifact.createdBy,
        created_by_subject: artifact.createdBySubject,
        created_at: artifact.createdAt,
      })
      .compile()
  }

  #insertMetadata({ metadata }: NewArtifact): ReadonlyArray<CompiledQuery> {
    return Object.entries(metadata).map(([key, value]) =>
      this.#database.db.insertInto('artifact_metadata').values({ position: lastPosition, key, value }).compile(),
    )
  }

  #putName({ project, domain, name, createdAt }: NewArtifact): CompiledQuery {
    return this.#database.db
      .insertInto('artifact_names')
      .values({
        project,
        domain,
        name,
        latest: lastPosition,
        versions: 1,
        created_at: createdAt,
        updated_at: createdAt,
      })
      .onConflict((conflict) =>
        conflict.columns(['project', 'domain', 'name']).doUpdateSet({
          latest: sql<number>`excluded.latest`,
          versions: sql<number>`artifact_names.versions + 1`,
          updated_at: sql<number>`excluded.updated_at`,
        }),
      )
      .compile()
  }
}

const lastPosition = sql<number>`(select last_position from artifact_progress where id = 1)`

const metadataPrefix = 'user_metadata.'

/** `user_metadata.<key>` */
function metadataField(name: string): ListField | undefined {
  if (!name.startsWith(metadataPrefix)) return undefined
  const key = name.slice(metadataPrefix.length)
  const metadata: Expression<unknown> = sql`artifact_metadata as m where m.position = a.position and m.key = ${key}`
  return {
    ...textOf(sql`(select m.value from ${metadata})`),
    missing: '\u{10ffff}',
    exists: sql<SqlBool>`exists (select 1 from ${metadata})`,
  }
}

const artifactFields: ListFields = {
  find: metadataField,
  byName: {
    project: textField('a.project'),
    domain: textField('a.domain'),
    name: textField('a.name'),
    version: textField('a.version'),
    source_run: optionalTextField('a.source_run'),
    source_action: optionalTextField('a.source_action'),
    source_external_ref: optionalTextField('a.source_external_ref'),
    created_by_subject: optionalTextField('a.created_by_subject'),
    created_at: { ...timeField('a.created_at'), order: sql.ref('a.position') },
  },
}

const nameFields: ListFields = {
  byName: {
    name: textField('n.name'),
    versions: numberField('n.versions'),
    created_at: timeField('n.created_at'),
    updated_at: { ...timeField('n.updated_at'), order: sql.ref('n.latest') },
  },
}

function toStoredArtifact(row: Selectable<ArtifactsTable>): StoredArtifact {
  return {
    position: row.position,
    project: row.project,
    domain: row.domain,
    name: row.name,
    version: row.version,
    spec: row.spec,
    valueUri: row.value_uri,
    valueSize: row.value_size,
    digest: row.digest,
    sourceRun: row.source_run,
    sourceAction: row.source_action,
    sourceExternalRef: row.source_external_ref,
    createdBy: row.created_by,
    createdBySubject: row.created_by_subject,
    createdAt: row.created_at,
  }
}
