import { isDeepStrictEqual } from 'node:util'
import { create, fromBinary } from '@bufbuild/protobuf'
import { NotFoundError } from '@tern/core'
import {
  ScheduleSchema,
  TaskTriggerSchema,
  type TaskTrigger,
  TriggerAutomationSpecSchema,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { TriggerRevisionAction, TriggerSpecSchema } from '@tern/idl/trigger'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aTaskSpec } from '../api/test/fixtures.ts'
import { Plans } from '../launch-plans/plans.ts'
import { Projects } from '../projects/projects.ts'
import { createRepositories, type Repositories } from '../store/repositories.ts'
import type { Store } from '../store/store.ts'
import { type FreshDatabase, testDatabases } from '../store/test/test-databases.ts'
import { Tasks } from '../tasks/tasks.ts'
import { Firings } from './firings.ts'
import { Triggers } from './triggers.ts'

const place = { project: 'flytesnacks', domain: 'development' }
const names = ['a', 'b', 'c'] as const
const versions = ['v1', 'v2'] as const
const { DEPLOY, ACTIVATE, DEACTIVATE, DELETE } = TriggerRevisionAction

interface Wanted {
  readonly name: string
  readonly expression: string
  readonly active: boolean
}

type Command =
  | { readonly kind: 'deploy'; readonly version: string; readonly wanted: ReadonlyArray<Wanted> }
  | { readonly kind: 'deploy one'; readonly version: string; readonly wanted: Wanted }
  | { readonly kind: 'switch'; readonly names: ReadonlyArray<string>; readonly active: boolean }
  | { readonly kind: 'delete'; readonly names: ReadonlyArray<string> }

const someNames = fc.subarray([...names])
const aWanted = fc.record({
  name: fc.constantFrom(...names),
  expression: fc.constantFrom('@daily', '@hourly'),
  active: fc.boolean(),
})
const aCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    kind: fc.constant('deploy' as const),
    version: fc.constantFrom(...versions),
    wanted: fc.uniqueArray(aWanted, { selector: ({ name }) => name }),
  }),
  fc.record({ kind: fc.constant('deploy one' as const), version: fc.constantFrom(...versions), wanted: aWanted }),
  fc.record({ kind: fc.constant('switch' as const), names: someNames, active: fc.boolean() }),
  fc.record({ kind: fc.constant('delete' as const), names: someNames }),
)

/** What a trigger should be. */
interface Expected extends Wanted {
  readonly version: string
  readonly revision: number
  readonly isLive: boolean
}

/** Says what triggers should be, in the plainest way. */
class Model {
  readonly triggers = new Map<string, Expected>()

  deploy(version: string, wanted: ReadonlyArray<Wanted>): void {
    const named = new Set(wanted.map(({ name }) => name))
    this.delete(Array.from(this.triggers.keys()).filter((name) => !named.has(name)))
    for (const each of wanted) this.deployOne(version, each)
  }

  deployOne(version: string, wanted: Wanted): void {
    const before = this.triggers.get(wanted.name)
    const after = { ...wanted, version, isLive: true }
    const isSame = before?.isLive && before.version === version && isDeepStrictEqual({ ...before, ...wanted }, before)
    if (!isSame) this.triggers.set(wanted.name, { ...after, revision: (before?.revision ?? 0) + 1 })
  }

  switch(chosen: ReadonlyArray<string>, active: boolean): void {
    for (const name of chosen) this.#change(name, (trigger) => trigger.active !== active && { ...trigger, active })
  }

  delete(chosen: ReadonlyArray<string>): void {
    for (const name of chosen) this.#change(name, (trigger) => ({ ...trigger, isLive: false, active: false }))
  }

  live(): ReadonlyArray<string> {
    return names.filter((name) => this.triggers.get(name)?.isLive)
  }

  #change(name: string, change: (trigger: Expected) => Expected | false): void {
    const before = this.triggers.get(name)
    const after = before?.isLive && change(before)
    if (before && after) this.triggers.set(name, { ...after, revision: before.revision + 1 })
  }
}

function toTrigger({ name, expression, active }: Wanted): TaskTrigger {
  const cron = { case: 'cron', value: { expression, timezone: '' } } as const
  return create(TaskTriggerSchema, {
    name,
    spec: { active },
    automationSpec: {
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: { case: 'schedule', value: create(ScheduleSchema, { expression: cron }) },
    },
  })
}

const toTriggerOf = (name: string) => toTrigger({ name, expression: '@daily', active: true })

function expressionOf(automation: Uint8Array): string {
  const { automation: chosen } = fromBinary(TriggerAutomationSpecSchema, automation)
  const expression = chosen.case === 'schedule' ? chosen.value.expression : undefined
  return expression?.case === 'cron' ? expression.value.expression : ''
}

function byName(a: Wanted, b: Wanted): number {
  return a.name < b.name ? -1 : 1
}

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`triggers on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store
    let repositories: Repositories
    let triggers: Triggers
    let tasks: Tasks
    let now = 1_700_000_000_000
    let serial = 0

    beforeAll(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      repositories = createRepositories(store.queries)
      const clock = { now: () => now++ }
      const projects = new Projects({ repository: repositories.projects, domains: ['development'], clock })
      await projects.seed()
      triggers = new Triggers({ repository: repositories.triggers, tasks: repositories.tasks, projects, clock })
      const plans = new Plans({ repository: repositories.launchPlans, tasks: repositories.tasks })
      tasks = new Tasks({ repository: repositories.tasks, projects, triggers, plans, clock })
    })
    afterAll(async () => {
      await store.close()
      await fresh.remove()
    })

    async function deploy(name: string, version: string, list: ReadonlyArray<TaskTrigger>): Promise<void> {
      await tasks.deploy({ ...place, name, version }, aTaskSpec({ name, version }), list, undefined)
    }

    const keyOf = (taskName: string, name: string) => ({ ...place, taskName, name })

    async function execute(name: string, command: Command, live: ReadonlyArray<string>): Promise<void> {
      const keysOf = (chosen: ReadonlyArray<string>) => chosen.filter((each) => live.includes(each))
      switch (command.kind) {
        case 'deploy':
          return deploy(name, command.version, command.wanted.map(toTrigger))
        case 'deploy one': {
          const { spec, automationSpec: automation } = toTrigger(command.wanted)
          const triggerSpec = create(TriggerSpecSchema, { active: spec!.active, taskVersion: command.version })
          const key = keyOf(name, command.wanted.name)
          await triggers.deploy({ key, spec: triggerSpec, automation, expectedRevision: 0 }, null)
          return
        }
        case 'switch':
          return triggers.setActive(
            keysOf(command.names).map((each) => keyOf(name, each)),
            command.active,
            null,
          )
        case 'delete':
          return triggers.delete(
            keysOf(command.names).map((each) => keyOf(name, each)),
            null,
          )
      }
    }

    function apply(model: Model, command: Command): void {
      if (command.kind === 'deploy') model.deploy(command.version, command.wanted)
      else if (command.kind === 'deploy one') model.deployOne(command.version, command.wanted)
      else if (command.kind === 'switch') model.switch(command.names, command.active)
      else model.delete(command.names)
    }

    async function present(name: string): Promise<ReadonlyArray<Expected>> {
      const all = await repositories.triggers.ofTask({ ...place, name })
      return all.map((trigger) => ({
        name: trigger.key.name,
        version: trigger.taskVersion,
        revision: trigger.revision,
        active: trigger.active,
        isLive: trigger.deletedAt === null,
        expression: expressionOf(trigger.automation),
      }))
    }

    /** Whether they fire, all of them asked to. */
    async function firing(name: string): Promise<ReadonlyArray<string>> {
      const started: string[] = []
      const firings = new Firings({
        repository: repositories.firings,
        triggers: repositories.triggers,
        start: async (key) => void started.push(key.name),
        abort: async () => {},
        clock: { now: () => now },
      })
      for (const { key, revision } of await repositories.triggers.ofTask({ ...place, name })) {
        await firings.fire({ key, at: now, overlap: 'allow', revision, failures: 0, failingSince: null })
        await firings.fire({ key, at: now, overlap: 'allow', revision: undefined, failures: 1, failingSince: now })
      }
      return Array.from(new Set(started)).sort()
    }

    async function check(name: string): Promise<void> {
      const all = await repositories.triggers.ofTask({ ...place, name })
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
        const found = await repositories.tasks.find({ ...place, name, version })
        if (found === undefined) continue
        expect([found.totalTriggers, found.activeTriggers]).toEqual([
          live.length,
          live.filter(({ active }) => active).length,
        ])
      }
    }

    test('whatever is done in turn, triggers are what they should be, and the deleted ones silent', {
      timeout: 120_000,
    }, async () => {
      const property = fc.asyncProperty(fc.array(aCommand, { minLength: 5, maxLength: 20 }), async (commands) => {
        const [name, model] = [`env.turn${serial++}`, new Model()]
        for (const version of versions) await deploy(name, version, [])
        for (const command of commands) {
          await execute(name, command, model.live())
          apply(model, command)
          expect((await present(name)).toSorted(byName)).toEqual(Array.from(model.triggers.values()).toSorted(byName))
          await check(name)
        }
        const active = Array.from(model.triggers.values()).filter((each) => each.isLive && each.active)
        expect(await firing(name)).toEqual(active.map((each) => each.name).sort())
      })
      await fc.assert(property, { numRuns: 10 })
    })

    test('and whatever is done at once', { timeout: 120_000 }, async () => {
      const property = fc.asyncProperty(fc.array(aCommand, { minLength: 8, maxLength: 12 }), async (commands) => {
        const name = `env.once${serial++}`
        for (const version of versions) await deploy(name, version, names.map(toTriggerOf))
        for (let index = 0; index < commands.length; index += 4) {
          const live = (await present(name)).filter(({ isLive }) => isLive).map((each) => each.name)
          const together = commands.slice(index, index + 4).map((command) => execute(name, command, live))
          for (const result of await Promise.allSettled(together)) {
            // What another one has deleted in the meantime is not found, which is an answer.
            if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(NotFoundError)
          }
          await check(name)
        }
      })
      await fc.assert(property, { numRuns: 8 })
    })

    test('of deployments at once, one comes last: the triggers are those of it alone', async () => {
      for (let round = 0; round < 5; round++) {
        const name = `env.set${serial++}`
        await deploy(name, 'v1', [])
        await Promise.all(names.map((each) => deploy(name, 'v1', [toTriggerOf(each)])))
        expect((await present(name)).filter(({ isLive }) => isLive)).toHaveLength(1)
      }
    })

    test('what fails to be written leaves nothing behind', async () => {
      const name = 'env.failing'
      await deploy(name, 'v1', [])
      const spec = aTaskSpec({ name, version: 'v1' })
      const failing = triggers.replace({ ...place, name, version: 'v1' }, spec, [toTriggerOf('a')], null, () =>
        Promise.reject(new Error('the disk is full')),
      )
      await expect(failing).rejects.toThrow('the disk is full')
      expect(await repositories.triggers.ofTask({ ...place, name })).toEqual([])
    })
  })
}
