import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { literalTypes, toInputs, toOutputs, typedInterface } from '@tern/core'
import { type Inputs, OutputsSchema, type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import type { CreateRunRequestSchema } from '@tern/idl/workflow'

export const place = { project: 'flytesnacks', domain: 'development' } as const
export const projectId = { name: 'flytesnacks', domain: 'development' } as const

/** A task `env.main` with the inputs `x: integer` and `label: string = "none"`, and the output `o0: integer`. */
export function aTaskSpec(overrides: { readonly name?: string; readonly version?: string } = {}): TaskSpec {
  const { name = 'env.main', version = 'v1' } = overrides
  const label = toInputs({ label: 'none' }, typedInterface({ inputs: { label: literalTypes.string() } }).inputs)
  return create(TaskSpecSchema, {
    taskTemplate: {
      id: { ...place, name, version },
      type: 'typescript',
      metadata: { runtime: { version: '0.1.0', flavor: 'typescript' } },
      interface: typedInterface({
        inputs: { x: literalTypes.integer(), label: literalTypes.string() },
        outputs: { o0: literalTypes.integer() },
      }),
    },
    defaultInputs: [
      {
        name: 'label',
        parameter: {
          var: { type: literalTypes.string() },
          behavior: { case: 'default', value: label.literals[0]?.value ?? {} },
        },
      },
    ],
    shortName: name.slice(name.lastIndexOf('.') + 1),
    environment: { name: 'env', description: 'what it runs in' },
    documentation: { shortDescription: 'a task' },
  })
}

export function inputsOf(x: number): Inputs {
  return toInputs({ x }, typedInterface({ inputs: { x: literalTypes.integer() } }).inputs)
}

/** Serialized outputs of the task above. */
export function outputsOf(value: number): Uint8Array {
  const outputs = toOutputs({ o0: value }, typedInterface({ outputs: { o0: literalTypes.integer() } }).outputs)
  return toBinary(OutputsSchema, outputs)
}

/** A request that starts the task above with `x = 1`. */
export function aRunRequest(
  overrides: MessageInitShape<typeof CreateRunRequestSchema> = {},
): MessageInitShape<typeof CreateRunRequestSchema> {
  return {
    id: { case: 'projectId', value: projectId },
    task: { case: 'taskSpec', value: aTaskSpec() },
    inputWrapper: { case: 'inputs', value: inputsOf(1) },
    ...overrides,
  }
}
