import { create } from '@bufbuild/protobuf'
import { TaskOverridesSchema } from '@tern/idl/graph'
import type { TaskOverrides as WireOverrides } from '@tern/idl/graph'
import { checkDeployedOverrides } from '../authoring/deployed-override.ts'
import { checkOverrides } from '../authoring/check-options.ts'
import { applyOverrides } from '../authoring/effective-options.ts'
import { levelsOf } from '../authoring/option-levels.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { RetriesOption, TaskOverrides } from '../authoring/task-options.ts'
import { toMetadata } from '../authoring/task-spec.ts'
import type { EntityTable, EntityTarget } from './entities.ts'
import type { NodeKind } from './graph-scope.ts'
import { checkNodeOptions, taskNodeOptions } from './node-options.ts'
import type { NodeOptions, TaskNodeOptions } from './reference-types.ts'

// What a node does otherwise than its task is part of the node, where the wire has a field for it. The rest makes the task
// another one.

/** Options that nodes have on the wire. */
const wireOptions = ['retries', 'timeout', 'interruptible', 'cache', 'queue'] as const

export interface CallOverrides {
  /** The task that the node calls. */
  readonly definition: TaskDefinition
  readonly toKind: (target: EntityTarget) => (entities: EntityTable) => NodeKind
  readonly wire: WireOverrides | undefined
}

/** Takes apart what is said about a node, and what is said about the task in it. */
export function splitOverrides(
  definition: TaskDefinition,
  options: TaskNodeOptions | undefined,
): { readonly plain: NodeOptions; readonly overrides: CallOverrides } {
  checkNodeOptions(`a node of task ${definition.name}`, options, {
    allowed: taskNodeOptions,
    known: (option) => levelsOf(option).length > 0,
  })
  const { nodeName, name, after, ...given } = options ?? {}
  const plain = { nodeName, name, after }
  const hasOverrides = Object.values(given).some((value) => value !== undefined)
  if (hasOverrides) check(definition, given)
  const known = hasOverrides ? knownOverrides(definition, given) : undefined
  const overrides = known ?? makeOverrides(definition, given)
  if (known === undefined && hasOverrides) remember(definition, given, overrides)
  return { plain, overrides }
}

function check(definition: TaskDefinition, given: TaskOverrides): void {
  if (definition.deployed !== undefined) checkDeployedOverrides(definition.name, given)
  checkOverrides(definition.name, definition.options, given)
}

function makeOverrides(definition: TaskDefinition, given: TaskOverrides): CallOverrides {
  const effective = applyOverrides(definition.options, given)
  const others = Object.entries(given).filter(([key, value]) => value !== undefined && !isWireOption(key))
  const called = withOptions(definition, Object.fromEntries(others) as TaskOverrides, effective.retries)
  const wire = toWire({ ...definition, options: effective }, given)
  return {
    definition: called,
    wire,
    toKind: (target) => (entities) => ({
      case: 'call',
      value: { entity: entities.indexOf(target), ...(wire === undefined ? {} : { overrides: wire }) },
    }),
  }
}

function isWireOption(key: string): boolean {
  return (wireOptions as readonly string[]).includes(key)
}

function toWire(effective: TaskDefinition, given: TaskOverrides): WireOverrides | undefined {
  const { retries, timeout, interruptible, cache, queue } = given
  if ([retries, timeout, interruptible, cache, queue].every((value) => value === undefined)) return undefined
  const metadata = toMetadata(effective, { org: '', project: '', domain: '', version: '', bundleUri: '' })
  return create(TaskOverridesSchema, {
    ...(retries === undefined || metadata.retries === undefined ? {} : { retries: metadata.retries }),
    ...(timeout === undefined ? {} : timeoutsOf(metadata)),
    ...(interruptible === undefined ? {} : { interruptible }),
    ...(cache === undefined
      ? {}
      : {
          cache: {
            enabled: metadata.discoverable,
            version: metadata.discoveryVersion,
            serialize: metadata.cacheSerializable,
            ignoredInputs: metadata.cacheIgnoreInputVars,
          },
        }),
    ...(queue === undefined ? {} : { queue }),
  })
}

function timeoutsOf({ timeout, timeouts }: ReturnType<typeof toMetadata>) {
  return { ...(timeout === undefined ? {} : { timeout }), ...(timeouts === undefined ? {} : { timeouts }) }
}

const derived = new WeakMap<TaskDefinition, Map<string, TaskDefinition>>()

/**
 * The task with options that nodes do not have, and with the rule of workflows: an attempt is followed by another only after a
 * `RecoverableError`, unless the task says otherwise.
 */
function withOptions(definition: TaskDefinition, others: TaskOverrides, retries: RetriesOption): TaskDefinition {
  const { count, on, onTimeout } = typeof retries === 'number' ? { count: retries } : retries
  const rule = count > 0 && definition.deployed === undefined ? { on: on ?? 'recoverable', onTimeout } : undefined
  const { retries: own } = definition.options
  const isSame = rule === undefined || (own.on === rule.on && own.onTimeout === rule.onTimeout)
  if (Object.keys(others).length === 0 && isSame) return definition
  const key = JSON.stringify([others, rule])
  const all = derived.get(definition) ?? new Map<string, TaskDefinition>()
  derived.set(definition, all)
  let found = all.get(key)
  if (found === undefined) {
    const options = applyOverrides(definition.options, others)
    found = { ...definition, options: { ...options, retries: { ...own, ...rule } } }
    all.set(key, found)
  }
  return found
}

const made = new WeakMap<TaskDefinition, Map<string, CallOverrides>>()

function knownOverrides(definition: TaskDefinition, given: TaskOverrides): CallOverrides | undefined {
  return made.get(definition)?.get(JSON.stringify(given))
}

function remember(definition: TaskDefinition, given: TaskOverrides, overrides: CallOverrides): void {
  const all = made.get(definition) ?? new Map<string, CallOverrides>()
  made.set(definition, all.set(JSON.stringify(given), overrides))
}
