import { create, toBinary } from '@bufbuild/protobuf'
import { literalTypes, typedInterface } from '@tern/core'
import { FixedRateUnit, TaskSpecSchema, TriggerAutomationSpecSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import { type SpecRow, type StoredTrigger, toSpecRecord } from '@tern/server/internal'
import type { Random } from './random.ts'
import type { Sizes } from './sizes.ts'

export const projects = ['flytesnacks', 'forecasting', 'search', 'billing', 'research'] as const

/** Most of what there is is in the first. */
const places = [
  [{ project: 'flytesnacks', domain: 'development' }, 50],
  [{ project: 'forecasting', domain: 'development' }, 15],
  [{ project: 'forecasting', domain: 'production' }, 10],
  [{ project: 'search', domain: 'production' }, 15],
  [{ project: 'billing', domain: 'staging' }, 7],
  [{ project: 'research', domain: 'development' }, 3],
] as const

export interface Place {
  readonly project: string
  readonly domain: string
}

/** Tasks of one environment are deployed together: the first of them starts runs, the others are its actions. */
export interface Environment {
  readonly place: Place
  readonly name: string
  readonly taskNames: ReadonlyArray<string>
  readonly versions: ReadonlyArray<string>
  /** Names of the triggers of its first task. */
  readonly triggers: ReadonlyArray<string>
}

const tasksPerEnvironment = 10
const functions = ['main', 'load', 'clean', 'split', 'train', 'score', 'report', 'publish', 'notify', 'sweep']

export function toEnvironments(random: Random, sizes: Sizes): ReadonlyArray<Environment> {
  const count = Math.ceil(sizes.tasks / tasksPerEnvironment)
  const versions = Math.ceil(sizes.versions / sizes.tasks)
  return Array.from({ length: count }, (_, index) => {
    const name = `team${index % 20}_pipeline${index}`
    return {
      place: random.weighted<Place>(places),
      name,
      taskNames: functions.map((fn) => `${name}.${fn}`),
      versions: Array.from({ length: versions }, () => random.name(22)),
      triggers: Array.from({ length: Math.ceil(sizes.triggers / count) }, (_, n) => `nightly_${n}`),
    }
  })
}

/** The spec of a task, as `tern deploy` sends it. */
function toTaskSpec({ place, name: environment }: Environment, name: string, version: string) {
  const shortName = name.slice(name.lastIndexOf('.') + 1)
  return create(TaskSpecSchema, {
    taskTemplate: {
      id: { ...place, name, version },
      // No executor takes it: what is measured is the store and the wire.
      type: 'bench',
      metadata: { runtime: { version: '0.1.0', flavor: 'typescript' } },
      interface: typedInterface({ inputs: { x: literalTypes.integer() }, outputs: { o0: literalTypes.integer() } }),
      custom: { bundle: `bundles/${version}.mjs`, entry: shortName },
    },
    shortName,
    environment: { name: environment, description: `Environment ${environment} of the benchmark` },
    documentation: { shortDescription: `Does what ${shortName} does in ${environment}` },
  })
}

export function toSpecRow(environment: Environment, name: string, version: string): SpecRow {
  return toSpecRecord({ case: 'task', value: toTaskSpec(environment, name, version) })
}

const automation = toBinary(
  TriggerAutomationSpecSchema,
  create(TriggerAutomationSpecSchema, {
    type: TriggerAutomationSpecType.TYPE_SCHEDULE,
    automation: {
      case: 'schedule',
      // Rare enough that none fires while others are measured.
      value: { expression: { case: 'rate', value: { value: 10_000, unit: FixedRateUnit.DAY } } },
    },
  }),
)
const triggerSpec = toBinary(TriggerSpecSchema, create(TriggerSpecSchema))

/** The triggers of an environment's tasks, all of their latest version. */
export function toTriggers(environment: Environment, random: Random, now: number): ReadonlyArray<StoredTrigger> {
  const { place, taskNames, triggers, versions } = environment
  return triggers.map((name, index) => {
    const deployedAt = now - random.below(90 * 86_400_000)
    return {
      key: { ...place, taskName: taskNames[index % taskNames.length]!, name },
      revision: 1,
      spec: triggerSpec,
      automation,
      automationType: TriggerAutomationSpecType.TYPE_SCHEDULE,
      taskVersion: versions.at(-1)!,
      active: random.next() < 0.8,
      description: 'Every night',
      deployedBy: null,
      updatedBy: null,
      deployedAt,
      updatedAt: deployedAt,
      triggeredAt: now,
      deletedAt: null,
      scheduledFrom: now,
      settledAt: null,
    }
  })
}
