import { create } from '@bufbuild/protobuf'
import { ScheduleSchema, TaskTriggerSchema, type TaskTrigger, TriggerAutomationSpecType } from '@tern/idl/task'
import { TriggerRevisionAction } from '@tern/idl/trigger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aTaskSpec } from '../api/test/fixtures.ts'
import { Projects } from '../projects/projects.ts'
import { createRepositories, type Repositories } from '../store/repositories.ts'
import type { Store } from '../store/store.ts'
import { type FreshDatabase, testDatabases } from '../store/test/test-databases.ts'
import { Tasks } from '../tasks/tasks.ts'
import { Triggers } from './triggers.ts'

const task = { project: 'flytesnacks', domain: 'development', name: 'env.main' }
const names = ['a', 'b', 'c'] as const
const versions = ['v1', 'v2'] as const
const { DEPLOY, ACTIVATE, DEACTIVATE, DELETE } = TriggerRevisionAction

/** Numbers from 0 to below `bound` that follow from the seed alone. */
function randomFrom(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

function aTrigger(name: string, random: (bound: number) => number): TaskTrigger {
  const expression = ['@daily', '@hourly'][random(2)]!
  const cron = { case: 'cron', value: { expression, timezone: '' } } as const
  return create(TaskTriggerSchema, {
    name,
    spec: { active: random(3) > 0 },
    automationSpec: {
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: { case: 'schedule', value: create(ScheduleSchema, { expression: cron }) },
    },
  })
}

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`triggers on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store
    let repositories: Repositories
    let triggers: Triggers
    let tasks: Tasks
    let now = 1_700_000_000_000

    beforeAll(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      repositories = createRepositories(store.queries)
      const clock = { now: () => now++ }
      const projects = new Projects({ repository: repositories.projects, domains: ['development'], clock })
      await projects.seed()
      triggers = new Triggers({ repository: repositories.triggers, tasks: repositories.tasks, projects, clock })
      tasks = new Tasks({ repository: repositories.tasks, projects, triggers, clock })
    })
    afterAll(async () => {
      await store.close()
      await fresh.remove()
    })

    async function deploy(name: string, version: string, list: ReadonlyArray<TaskTrigger>): Promise<void> {
      await tasks.deploy({ ...task, name, version }, aTaskSpec({ name, version }), list, undefined)
    }

    async function step(name: string, random: (bound: number) => number): Promise<void> {
      const present = (await repositories.triggers.ofTask({ ...task, name })).filter((each) => each.deletedAt === null)
      const keys = present.map(({ key }) => key).filter(() => random(2) === 0)
      switch (random(4)) {
        case 0:
          return triggers.setActive(keys, random(2) === 0, null)
        case 1:
          return triggers.delete(keys, null)
        default: {
          const chosen = names.filter(() => random(3) > 0).map((each) => aTrigger(each, random))
          return deploy(name, versions[random(2)]!, chosen)
        }
      }
    }

    async function check(name: string): Promise<void> {
      const all = await repositories.triggers.ofTask({ ...task, name })
      for (const trigger of all) {
        const { items } = await triggers.history(trigger.key, undefined)
        expect(items.map(({ revision }) => revision)).toEqual(
          Array.from({ length: trigger.revision }, (_, index) => trigger.revision - index),
        )
        const { revision, active, deletedAt, spec, automation, taskVersion } = trigger
        expect(items[0]).toMatchObject({ revision, active, deletedAt, spec, automation, taskVersion })
        for (const { action, ...state } of items) {
          expect(state.deletedAt === null).toBe(action !== DELETE)
          if (action === ACTIVATE || action === DEACTIVATE) expect(state.active).toBe(action === ACTIVATE)
        }
        expect(items.at(-1)?.action).toBe(DEPLOY)
        if (deletedAt !== null) expect(active).toBe(false)
      }
      for (const version of versions) {
        const live = all.filter((each) => each.deletedAt === null && each.taskVersion === version)
        const found = await repositories.tasks.find({ ...task, name, version })
        if (found === undefined) continue
        expect([found.totalTriggers, found.activeTriggers]).toEqual([
          live.length,
          live.filter(({ active }) => active).length,
        ])
      }
    }

    test.each([1, 2, 3, 4, 5])('whatever is done in turn, revisions and summaries are right (%i)', async (seed) => {
      const [name, random] = [`env.turn${seed}`, randomFrom(seed)]
      await deploy(name, 'v1', [])
      for (let count = 0; count < 25; count++) {
        await step(name, random)
        await check(name)
      }
    })

    test.each([1, 2, 3])('and whatever is done at once (%i)', async (seed) => {
      const [name, random] = [`env.once${seed}`, randomFrom(seed + 100)]
      await deploy(name, 'v1', [])
      for (let round = 0; round < 5; round++) {
        // What another one has deleted in the meantime is not found, which is an answer.
        await Promise.allSettled(Array.from({ length: 4 }, () => step(name, random)))
        await check(name)
      }
    })

    test('what fails to be written leaves nothing behind', async () => {
      const name = 'env.failing'
      await deploy(name, 'v1', [])
      const spec = aTaskSpec({ name, version: 'v1' })
      const failing = triggers.replace({ ...task, name, version: 'v1' }, spec, [aTrigger('a', () => 0)], null, () =>
        Promise.reject(new Error('the disk is full')),
      )
      await expect(failing).rejects.toThrow('the disk is full')
      expect(await repositories.triggers.ofTask({ ...task, name })).toEqual([])
    })
  })
}
