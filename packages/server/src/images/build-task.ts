import { create } from '@bufbuild/protobuf'
import { literalTypes, typedInterface } from '@tern/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import type { TaskKey } from '../store/tasks-repository.ts'

/** The type of the task that builds images, by which its executor knows it. */
export const buildTaskType = 'image-build'

/** What the task is called, where Flyte's clients look for it: in every domain. */
export const buildTask = { project: 'system', name: 'build-image', version: '1' } as const

export const buildInputs = { spec: 'spec', context: 'context', target: 'target_image' } as const
export const buildOutput = 'fully_qualified_image'

/** Whether a name is that of the task that the server brings along. */
export function isBuildTask({ project, name }: Pick<TaskKey, 'project' | 'name'>): boolean {
  return project === buildTask.project && name === buildTask.name
}

/** The spec of the task that builds an image: from where its layers and their files were uploaded to, to its reference. */
export function buildTaskSpec(domain: string): TaskSpec {
  const { spec, context, target } = buildInputs
  const text = literalTypes.string()
  return create(TaskSpecSchema, {
    shortName: buildTask.name,
    environment: { name: buildTask.project },
    documentation: { shortDescription: 'Builds the environment of an image.' },
    taskTemplate: {
      id: { ...buildTask, domain },
      type: buildTaskType,
      interface: typedInterface({
        inputs: { [spec]: text, [context]: text, [target]: text },
        outputs: { [buildOutput]: text },
      }),
      metadata: { runtime: { flavor: 'tern', version: buildTask.version } },
    },
  })
}
