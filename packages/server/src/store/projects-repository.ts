import { Filter_Function, type ListRequest } from '@tern/idl/common'
import { ProjectState } from '@tern/idl/project'
import { sql } from 'kysely'
import { enumField, type ListFields, textField, timeField } from './list-fields.ts'
import { type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'

export interface Project {
  readonly id: string
  readonly name: string
  readonly description: string
  /** flyteidl2.task.Labels */
  readonly labels: Uint8Array | null
  /** flyteidl2.project.ProjectState */
  readonly state: number
}

// Nobody has so many projects that pages are needed, but a request may not make the answer boundless either.
const maxProjects = 10_000

export class ProjectsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** False when a project of that id exists. */
  async create(project: Project, at: number): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#database.db
      .insertInto('projects')
      .values({ ...project, created_at: at, updated_at: at })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    return (numInsertedOrUpdatedRows ?? 0n) > 0n
  }

  /** False when there is no project of that id. */
  async replace(project: Project, at: number): Promise<boolean> {
    const { id, ...values } = project
    const { numUpdatedRows } = await this.#database.db
      .updateTable('projects')
      .set({ ...values, updated_at: at })
      .where('id', '=', id)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  async find(id: string): Promise<Project | undefined> {
    return this.#database.db
      .selectFrom('projects')
      .select(['id', 'name', 'description', 'labels', 'state'])
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** Projects, by id unless the request says otherwise; without filters, those that are not archived. */
  async list(request: ListRequest): Promise<Page<Project>> {
    const plan = planList(this.#database, withDefaultFilter(request), {
      name: 'projects',
      fields: projectFields,
      defaultOrder: [{ expression: sql.ref('id'), descending: false }],
      defaultLimit: maxProjects,
      maxLimit: maxProjects,
    })
    let query = this.#database.db
      .selectFrom('projects')
      .select(['id', 'name', 'description', 'labels', 'state', ...sortColumns(plan.order)])
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), ({ id, name, description, labels, state }) => ({
      id,
      name,
      description,
      labels,
      state,
    }))
  }
}

function withDefaultFilter(request: ListRequest): ListRequest {
  if (request.filters.length > 0) return request
  return {
    ...request,
    filters: [
      {
        $typeName: 'flyteidl2.common.Filter',
        field: 'state',
        function: Filter_Function.NOT_EQUAL,
        values: [String(ProjectState.ARCHIVED)],
      },
    ],
  }
}

const projectFields: ListFields = {
  byName: {
    identifier: textField('id'),
    id: textField('id'),
    name: textField('name'),
    description: textField('description'),
    state: enumField('state', 'PROJECT_STATE_', ProjectState),
    created_at: timeField('created_at'),
    updated_at: timeField('updated_at'),
  },
}
