import { create } from '@bufbuild/protobuf'
import { toLiteral, typedInterface } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'

export interface InputSpec {
  readonly type: LiteralType
  readonly description?: string
  readonly default?: unknown
}

/** A task with the given inputs, as the wire describes it. */
export function aTaskSpec(inputs: Readonly<Record<string, InputSpec>>): TaskSpec {
  const types = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, description = '' }]) => [name, { type, description }] as const),
  )
  return create(TaskSpecSchema, {
    taskTemplate: { id: { name: 'test.main' }, interface: typedInterface({ inputs: types, outputs: {} }) },
    documentation: { shortDescription: 'A task' },
    defaultInputs: Object.entries(inputs)
      .filter(([, input]) => 'default' in input)
      .map(([name, { type, default: value }]) => ({
        name,
        parameter: { var: { type }, behavior: { case: 'default' as const, value: toLiteral(value, type) } },
      })),
  })
}
