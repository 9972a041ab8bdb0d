import { type CompiledQuery, type Kysely, sql } from 'kysely'
import type { SpecRecord } from '../engine/model.ts'
import type { Schema } from './schema.ts'
import type { NewTask, TaskKey } from './tasks-repository.ts'

/** Comes first of all: deployments of one task wait for each other here, and so never in a circle further on. */
export function takeTurn(
  db: Kysely<Schema>,
  { project, domain, name }: TaskKey,
  seen: number | undefined,
): CompiledQuery {
  const next = sql<number>`task_turns.turn + 1`
  // Null is refused, and with it everything that is written together.
  const turn = seen === undefined ? next : sql<number>`case when task_turns.turn = ${seen} then ${next} end`
  return db
    .insertInto('task_turns')
    .values({ project, domain, name, turn: 1 })
    .onConflict((conflict) => conflict.columns(['project', 'domain', 'name']).doUpdateSet({ turn }))
    .compile()
}

export function insertSpec(db: Kysely<Schema>, spec: SpecRecord, at: number): CompiledQuery {
  return db
    .insertInto('task_specs')
    .values({
      digest: spec.digest,
      action_type: spec.actionType,
      task_org: spec.taskOrg,
      task_project: spec.taskProject,
      task_domain: spec.taskDomain,
      task_name: spec.taskName,
      task_version: spec.taskVersion,
      task_type: spec.taskType,
      short_name: spec.shortName,
      environment_name: spec.environmentName,
      spec: spec.bytes,
      created_at: at,
    })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet({ created_at: at }))
    .compile()
}

export function upsertTask(db: Kysely<Schema>, { key, ...task }: NewTask, at: number): CompiledQuery {
  const values = {
    environment: task.environment,
    function_name: task.functionName,
    spec_digest: task.spec.digest,
    deployed_by: task.deployedBy,
    env_description: task.environmentDescription,
    short_description: task.shortDescription,
    is_entrypoint: task.isEntrypoint ? 1 : 0,
    updated_at: at,
  }
  // Later than every other version's, also when two are deployed at once or the clock was set back.
  const createdAt = sql<number>`(
    select case when max(n.created_at) >= ${at} then max(n.created_at) + 1 else ${at} end from tasks as n
    where n.project = ${key.project} and n.domain = ${key.domain} and n.name = ${key.name}
  )`
  return db
    .insertInto('tasks')
    .values({ ...key, ...values, created_at: createdAt })
    .onConflict((conflict) => conflict.columns(['project', 'domain', 'name', 'version']).doUpdateSet(values))
    .compile()
}

export function markLatest(db: Kysely<Schema>, { project, domain, name, version }: TaskKey): CompiledQuery {
  return db
    .updateTable('tasks')
    .set({ is_latest: sql<number>`case when ${isNewest} then 1 else 0 end` })
    .where('project', '=', project)
    .where('domain', '=', domain)
    .where('name', '=', name)
    .where((where) => where.or([where('is_latest', '=', 1), where('version', '=', version)]))
    .compile()
}

// The latest version is the one that was deployed last for the first time; deploying an old one again changes nothing.
const isNewest = sql<boolean>`not exists (
  select 1 from tasks as n where n.project = tasks.project and n.domain = tasks.domain and n.name = tasks.name
    and (n.created_at > tasks.created_at or (n.created_at = tasks.created_at and n.version > tasks.version))
)`
