import { type CompiledQuery, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aTaskSpec } from '../api/test/fixtures.ts'
import { createRepositories, type Repositories } from './repositories.ts'
import { toSpecRecord } from './specs.ts'
import type { Store } from './store.ts'
import type { NewTask } from './tasks-repository.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

const place = { project: 'p', domain: 'd' }

function aTask(name: string, version: string, shortName = ''): NewTask {
  const spec = { ...aTaskSpec({ name }), shortName }
  return {
    key: { ...place, name, version },
    environment: 'env',
    functionName: 'main',
    deployedBy: '',
    environmentDescription: '',
    shortDescription: '',
    isEntrypoint: false,
    spec: toSpecRecord({ case: 'task', value: spec }),
  }
}

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`tasks on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store
    let repositories: Repositories
    beforeAll(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      repositories = createRepositories(store.queries)
    })
    afterAll(async () => {
      await store.close()
      await fresh.remove()
    })

    async function latestOf(name: string): Promise<ReadonlyArray<string>> {
      const { items } = await repositories.tasks.listLatest(place, undefined)
      return items.filter(({ key }) => key.name === name).map(({ key }) => key.version)
    }

    async function specs(digest: string): Promise<number> {
      const rows = await store.queries.db
        .selectFrom('task_specs')
        .select('digest')
        .where('digest', '=', digest)
        .execute()
      return rows.length
    }

    test('a spec is stored once, on its own or with however many versions', async () => {
      const { spec } = aTask('env.shared', 'v1')
      await repositories.tasks.storeSpec(spec, 1)
      await repositories.tasks.storeSpec(spec, 2)
      for (const version of ['v1', 'v2']) await repositories.tasks.deploy(aTask('env.shared', version), 3)
      expect(await specs(spec.digest)).toBe(1)
      const found = await repositories.tasks.find({ ...place, name: 'env.shared', version: 'v2' })
      expect(Buffer.compare(found!.spec, spec.bytes)).toBe(0)
    })

    test('the latest version is the one deployed last for the first time, whatever the clock says', async () => {
      const name = 'env.latest'
      await repositories.tasks.deploy(aTask(name, 'v10'), 1000)
      await repositories.tasks.deploy(aTask(name, 'v9'), 1000)
      expect(await latestOf(name)).toEqual(['v9'])
      await repositories.tasks.deploy(aTask(name, 'v8'), 10)
      expect(await latestOf(name)).toEqual(['v8'])
      await repositories.tasks.deploy(aTask(name, 'v10', 'again'), 5000)
      expect(await latestOf(name)).toEqual(['v8'])
      const { items } = await repositories.tasks.listVersions({ ...place, name }, undefined)
      expect(items.map(({ key, deployedAt }) => [key.version, deployedAt])).toEqual([
        ['v8', 1002],
        ['v9', 1001],
        ['v10', 1000],
      ])
    })

    test('of many first versions that are deployed at once, one is the latest', async () => {
      const name = 'env.crowd'
      const versions = Array.from({ length: 16 }, (_, index) => `v${index}`)
      await Promise.all(versions.map((version) => repositories.tasks.deploy(aTask(name, version), 1000)))
      const { items } = await repositories.tasks.listVersions({ ...place, name }, undefined)
      expect(new Set(items.map(({ deployedAt }) => deployedAt)).size).toBe(16)
      expect(await latestOf(name)).toEqual([items[0]?.key.version])
    })

    test('what was planned before another deployment is not written', async () => {
      const name = 'env.turns'
      const turn = await repositories.tasks.turnOf({ ...place, name })
      await repositories.tasks.deploy(aTask(name, 'v1'), 1, { turn })
      await expect(repositories.tasks.deploy(aTask(name, 'v2'), 2, { turn })).rejects.toThrow()
      expect(await latestOf(name)).toEqual(['v1'])
      await repositories.tasks.deploy(aTask(name, 'v2'), 2, { turn: turn + 1 })
      expect(await latestOf(name)).toEqual(['v2'])
    })

    test('writes that wait for each other in a circle all get on', async () => {
      for (const version of ['v1', 'v2']) await repositories.tasks.deploy(aTask('env.circle', version), 1)
      const touch = (version: string): CompiledQuery =>
        sql`update tasks set updated_at = updated_at + 1 where name = 'env.circle' and version = ${version}`.compile(
          store.queries.db,
        )
      const there = [touch('v1'), touch('v2')]
      const back = [touch('v2'), touch('v1')]
      const rounds = Array.from({ length: 4 }, (_, index) => store.queries.writeTogether(index % 2 ? there : back))
      await Promise.all(rounds)
      const rows = await store.queries.db
        .selectFrom('tasks')
        .select('updated_at')
        .where('name', '=', 'env.circle')
        .execute()
      expect(rows.map(({ updated_at }) => updated_at)).toEqual([5, 5])
    })
  })
}
