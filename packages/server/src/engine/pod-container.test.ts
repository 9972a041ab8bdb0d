import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { K8sPodSchema, TaskTemplateSchema } from '@tern/idl/core'
import { expect, test } from 'vitest'
import { toSpecRecord } from '../store/specs.ts'
import { containerOf } from './pod-container.ts'
import { toTaskPolicy } from './task-policy.ts'

const containers = [
  { name: 'sidecar', image: 'side' },
  {
    name: 'main',
    image: 'own',
    args: ['run', 'it'],
    env: [
      { name: 'A', value: '1' },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ],
    resources: { requests: { cpu: '2', 'example.com/fuse': '1' }, limits: { memory: '1Gi' } },
  },
]

const podTask = (pod: MessageInitShape<typeof K8sPodSchema>, config = {}) =>
  create(TaskTemplateSchema, {
    type: 'typescript',
    config,
    target: { case: 'k8sPod', value: create(K8sPodSchema, pod) },
  })

test('a task with a pod runs, asks and is limited as its primary container says', () => {
  const taskTemplate = podTask({ podSpec: { containers } }, { primary_container_name: 'main' })
  expect(
    toTaskPolicy(
      toSpecRecord({
        case: 'task',
        value: { $typeName: 'flyteidl2.task.TaskSpec', taskTemplate, defaultInputs: [], shortName: '' },
      }),
    ),
  ).toMatchObject({
    container: { image: 'own', args: ['run', 'it'] },
    env: { A: '1' },
    resources: { cpu: 2, memoryBytes: 2 ** 30 },
    memoryLimitBytes: 2 ** 30,
  })
})

test.each([
  [{ primaryContainerName: 'main', podSpec: { containers } }, 'own'],
  [{ podSpec: { containers } }, 'side'],
  [{ podSpec: { containers: [] } }, undefined],
  [{ podSpec: { containers: 'none' } }, undefined],
  [{}, undefined],
])('of %j it is the container of image %s', (pod, image) => {
  expect(containerOf(podTask(pod))?.image).toBe(image)
})
