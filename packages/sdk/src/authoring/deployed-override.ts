import { create, toBinary } from '@bufbuild/protobuf'
import { type OverridableOption, overridableOptions, type TaskSpecOverride } from '@tern/core'
import { TaskSpecSchema } from '@tern/idl/task'
import { TaskOverrideSchema } from '@tern/idl/worker'
import { invalid, isRecord } from './check-values.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { TaskOverrides } from './task-options.ts'
import { toTaskSpec } from './task-spec.ts'

const nowhere = { org: '', project: '', domain: '', version: '', bundleUri: '' }

/**
 * What cannot be said of a task whose code is elsewhere.
 *
 * @throws InvalidArgumentError naming the option
 */
export function checkDeployedOverrides(name: string, { cache, podTemplate }: TaskOverrides): void {
  const what = `override of deployed task ${name}`
  if (cache === 'auto' || (isRecord(cache) && cache['version'] === undefined)) {
    throw invalid('cache', `${what}: cache needs a version, since the code of the task is not here`, "{ version: '1' }")
  }
  if (isRecord(podTemplate)) {
    throw invalid('podTemplate', `${what}: podTemplate must be the name of a template: the task has its own pod`)
  }
}

/** The options that are given, with those that were given before. */
export function overriddenWith(before: readonly string[], overrides: TaskOverrides): readonly OverridableOption[] {
  const given = overrides as Readonly<Record<string, unknown>>
  return overridableOptions.filter((option) => before.includes(option) || given[option] !== undefined)
}

/** What calls of a deployed task change of it; `undefined` for nothing. */
export function overrideOf({ deployed, ...definition }: TaskDefinition): TaskSpecOverride | undefined {
  if (deployed === undefined || deployed.overridden.length === 0) return undefined
  return { values: toTaskSpec(definition, nowhere), options: deployed.overridden }
}

const known = new WeakMap<TaskDefinition, Uint8Array | undefined>()

/** The same as the worker protocol has it. */
export function overrideBytesOf(definition: TaskDefinition): Uint8Array | undefined {
  if (!known.has(definition)) known.set(definition, toBytes(overrideOf(definition)))
  return known.get(definition)
}

function toBytes(override: TaskSpecOverride | undefined): Uint8Array | undefined {
  if (override === undefined) return undefined
  const taskSpec = toBinary(TaskSpecSchema, override.values)
  return toBinary(TaskOverrideSchema, create(TaskOverrideSchema, { taskSpec, options: [...override.options] }))
}
