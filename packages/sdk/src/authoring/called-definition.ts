import { InvalidArgumentError } from '@tern/core'
import type { TaskDefinition } from './task-definition.ts'

const known = new WeakMap<TaskDefinition, Map<string, TaskDefinition>>()

/** The task as it is called with these inputs: one whose interface is not known here takes what it is given. */
export function calledDefinition(
  definition: TaskDefinition,
  inputs: Readonly<Record<string, unknown>>,
): TaskDefinition {
  const { interfaceFor } = definition
  if (interfaceFor === undefined) return definition
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs)) {
    throw new InvalidArgumentError(`task ${definition.name} takes an object of inputs by name`, { field: 'inputs' })
  }
  const names = Object.keys(inputs)
    .filter((name) => inputs[name] !== undefined)
    .sort()
  const key = names.join()
  const variants = known.get(definition) ?? new Map<string, TaskDefinition>()
  known.set(definition, variants)
  const variant = variants.get(key) ?? { ...definition, interface: interfaceFor(names) }
  variants.set(key, variant)
  return variant
}
