import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { create } from '@bufbuild/protobuf'
import { Filter_Function, type ListRequest, ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRepositories, type Repositories } from './repositories.ts'
import { openDatabase } from './sqlite/database.ts'
import { SqliteEngineStore } from './sqlite/engine-store.ts'
import { createQueryDatabase } from './sqlite/kysely-dialect.ts'
import { aBatch, aChild, aRoot, aRunRecord, aSpecRow } from './test/records.ts'

// Whether a list is quick when there is a lot to list is decided by how it is read, which shows when there is little.

type List = (repositories: Repositories, request: ListRequest) => Promise<{ readonly token: string }>

const place = { project: 'p', domain: 'd' }
const task = { ...place, name: 'env.task' }
const lists = {
  'runs of a project': ({ runs }, request) => runs.list(place, request),
  'runs everywhere': ({ runs }, request) => runs.list({}, request),
  'runs of a task': ({ runs }, request) =>
    runs.list({ taskProject: 'p', taskDomain: 'd', taskName: 'env.task' }, request),
  'runs of a trigger': ({ runs }, request) =>
    runs.list({ ...place, triggerName: 'nightly', triggerTaskName: 'env.task' }, request),
  'actions of a run': ({ actions }, request) => actions.list(1, request),
  'tasks of a project': ({ tasks }, request) => tasks.listLatest(place, request),
  'tasks everywhere': ({ tasks }, request) => tasks.listLatest({}, request),
  'versions of a task': ({ tasks }, request) => tasks.listVersions(task, request),
  'triggers of a project': ({ triggers }, request) => triggers.list(place, request),
} satisfies Readonly<Record<string, List>>

/** Orders that an index has, by list; none is the order that it has when the request names none. */
const indexed: Readonly<Record<keyof typeof lists, ReadonlyArray<string>>> = {
  'runs of a project': ['none', 'created_at', 'updated_at', 'ended_at', 'duration_ms', 'run_name'],
  'runs everywhere': ['none', 'created_at'],
  'runs of a task': ['created_at'],
  'runs of a trigger': ['created_at'],
  'actions of a run': ['none', 'created_at', 'name'],
  'tasks of a project': ['none', 'created_at', 'name'],
  'tasks everywhere': ['none', 'created_at'],
  'versions of a task': ['none', 'created_at', 'version'],
  'triggers of a project': ['none'],
}

let folder: string
let database: DatabaseSync

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-list-plans-'))
  database = openDatabase(folder)
  const runs = [1, 2, 3].map((id) => ({
    ...aRunRecord({ id, name: `r${id}`, createdBySubject: 'ada' }),
    trigger: { name: 'nightly', taskName: 'env.task', revision: 1 },
  }))
  const created = runs.flatMap(({ id }) => [aRoot(id), aChild(id, 1), aChild(id, 2)])
  new SqliteEngineStore(database).commit(aBatch({ specs: [aSpecRow()], runs, created }))
  const { tasks } = createRepositories(createQueryDatabase(database))
  for (const [name, version] of [
    ['env.task', 'v1'],
    ['env.task', 'v2'],
    ['env.other', 'v1'],
  ] as const) {
    const described = { environmentDescription: '', shortDescription: '', deployedBy: '', isEntrypoint: false }
    const key = { ...place, name, version }
    await tasks.deploy({ key, environment: 'env', functionName: name, ...described, spec: aSpecRow() }, 1000)
  }
})
afterAll(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

/** How the database finds the keys of the first page and of the one behind it. */
async function plansOf(
  list: List,
  request: Partial<Pick<ListRequest, 'sortByFields' | 'filters'>>,
): Promise<ReadonlyArray<ReadonlyArray<string>>> {
  const statements: string[] = []
  const watched = { prepare: (sql: string) => database.prepare((statements.push(sql), sql)) }
  const plans: string[][] = []
  for (let token = '', page = 0; page < 2; page++) {
    // Statements are kept, and told of when they are new.
    const repositories = createRepositories(createQueryDatabase(watched as unknown as DatabaseSync))
    statements.length = 0
    const { token: next } = await list(repositories, create(ListRequestSchema, { ...request, limit: 1, token }))
    plans.push(explain(statements.find((statement) => statement.includes(' order by '))!))
    if (next === '') break
    token = next
  }
  return plans
}

function explain(statement: string): string[] {
  return database
    .prepare(`explain query plan ${statement}`)
    .all()
    .map((row) => String(row['detail']))
}

const { ASCENDING, DESCENDING } = Sort_Direction

describe('a list is read', () => {
  for (const [name, orders] of Object.entries(indexed)) {
    for (const order of orders) {
      for (const direction of order === 'none' ? [DESCENDING] : [ASCENDING, DESCENDING]) {
        const words = order === 'none' ? '' : ` by ${order} ${direction === ASCENDING ? 'ascending' : 'descending'}`
        test(`from an index: ${name}${words}`, async () => {
          const sortByFields =
            order === 'none' ? [] : [{ $typeName: 'flyteidl2.common.Sort', key: order, direction } as const]
          for (const plan of await plansOf(lists[name as keyof typeof lists], { sortByFields })) {
            expect(plan.filter(sorts)).toEqual([])
            expect(plan.filter(readsAll)).toEqual([])
          }
        })
      }
    }
  }
})

// Rows that tie in all but the last field of the order are few, and sorted as they come.
function sorts(detail: string): boolean {
  return detail.includes('TEMP B-TREE') && !detail.includes('LAST TERM')
}

function readsAll(detail: string): boolean {
  return /^SCAN \w+$/.test(detail)
}

describe('the runs of a project that somebody started are found by an index', () => {
  const filters = ['created_by', 'created_by_subject'].map((field) => ({
    $typeName: 'flyteidl2.common.Filter' as const,
    field,
    function: Filter_Function.EQUAL,
    values: ['ada'],
  }))
  for (const filter of filters) {
    for (const [direction, value] of Object.entries(Sort_Direction)) {
      test(`${filter.field}, and they have their order from it: ${direction}`, async () => {
        const sortByFields = [{ $typeName: 'flyteidl2.common.Sort', key: 'created_at', direction: value } as const]
        const plans = await plansOf(lists['runs of a project'], { sortByFields, filters: [filter] })
        expect(plans).toHaveLength(2)
        for (const plan of plans) expect(plan).toEqual([expect.stringMatching(ofStarter)])
      })
    }

    test(`${filter.field}, in another order`, async () => {
      const sortByFields = [{ $typeName: 'flyteidl2.common.Sort', key: 'task_name', direction: ASCENDING } as const]
      for (const plan of await plansOf(lists['runs of a project'], { sortByFields, filters: [filter] })) {
        expect(plan[0]).toMatch(ofStarter)
      }
    })
  }

  const ofStarter =
    /^SEARCH r USING (COVERING )?INDEX runs_by_starter \(project=\? AND domain=\? AND created_by_subject=\?/
})

describe('a list in another order', () => {
  test('sorts what is in its scope, and joins nothing for it', async () => {
    for (const key of ['phase', 'created_by_subject', 'trigger_name', 'task_version', 'attempts', 'run_source']) {
      const sortByFields = [{ $typeName: 'flyteidl2.common.Sort', key, direction: ASCENDING } as const]
      for (const plan of await plansOf(lists['runs of a project'], { sortByFields })) {
        expect(plan).toEqual([
          expect.stringMatching(/^SEARCH r USING (COVERING )?INDEX \w+ \(project=\? AND domain=\?/),
          expect.stringMatching(/^USE TEMP B-TREE FOR (LAST TERM OF )?ORDER BY$/),
        ])
      }
    }
    for (const key of ['phase', 'group', 'attempts', 'updated_at', 'ended_at', 'duration_ms']) {
      const sortByFields = [{ $typeName: 'flyteidl2.common.Sort', key, direction: DESCENDING } as const]
      for (const plan of await plansOf(lists['actions of a run'], { sortByFields })) {
        expect(plan).toEqual([
          expect.stringMatching(/^SEARCH \w+ USING PRIMARY KEY \(run_id=\?\)/),
          expect.stringMatching(/^USE TEMP B-TREE FOR (LAST TERM OF )?ORDER BY$/),
        ])
      }
    }
  })
})
