import type { ActionPhase } from '@tern/idl/common'
import { sql } from 'kysely'
import type { QueryDatabase } from './query-database.ts'
import type { TaskKey } from './tasks-repository.ts'

/** The latest run of a task, as lists of tasks show it. */
export interface LatestRun {
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly taskName: string
  readonly phase: ActionPhase
  readonly createdAt: number
}

interface Row {
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly task_project: string
  readonly task_domain: string
  readonly task_name: string
  readonly task_version: string
  readonly phase: number
  readonly created_at: number
}

/** The latest run of each of the tasks that has one: of that version, or of any. */
export async function latestRunsOf(
  { db }: QueryDatabase,
  tasks: ReadonlyArray<TaskKey>,
  versions: 'this version' | 'any version',
): Promise<ReadonlyMap<TaskKey, LatestRun>> {
  if (tasks.length === 0) return new Map()
  const isVersion = versions === 'this version'
  const keys = sql.join(
    tasks.map(({ project, domain, name, version }) => sql`(${sql.join([project, domain, name, version])})`),
  )
  const latest = sql`select l.id from runs as l
    where l.task_project = t.project and l.task_domain = t.domain and l.task_name = t.name
      ${isVersion ? sql`and l.task_version = t.version` : sql``}
    order by l.created_at desc, l.id desc limit 1`
  const { rows } = await sql<Row>`
    select r.project, r.domain, r.name, r.task_project, r.task_domain, r.task_name, r.task_version, r.phase, r.created_at
    from runs as r where r.id in (
      select (${latest}) from tasks as t where (t.project, t.domain, t.name, t.version) in (values ${keys})
    )`.execute(db)
  const idOf = (project: string, domain: string, name: string, version: string) =>
    JSON.stringify([project, domain, name, ...(isVersion ? [version] : [])])
  const byTask = new Map(
    rows.map((row) => [idOf(row.task_project, row.task_domain, row.task_name, row.task_version), row]),
  )
  const found = new Map<TaskKey, LatestRun>()
  for (const task of tasks) {
    const row = byTask.get(idOf(task.project, task.domain, task.name, task.version))
    if (row !== undefined) found.set(task, toLatestRun(row))
  }
  return found
}

function toLatestRun(row: Row): LatestRun {
  return {
    project: row.project,
    domain: row.domain,
    name: row.name,
    taskName: row.task_name,
    phase: row.phase as ActionPhase,
    createdAt: row.created_at,
  }
}
