import { create } from '@bufbuild/protobuf'
import { Resources_ResourceName } from '@tern/idl/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { InvalidArgumentError } from './errors.ts'
import { overridableOptions, overrideTaskSpec } from './override-task-spec.ts'

const { CPU, MEMORY } = Resources_ResourceName

const container = (key: string, cpu: string, image = 'own') => ({
  case: 'container' as const,
  value: {
    image,
    args: ['run'],
    env: [{ key, value: '1' }],
    resources: { requests: [{ name: CPU, value: cpu }], limits: [] },
  },
})

/** A task whose every option has a value that is of that text, or of its length. */
function aSpec(text: string): TaskSpec {
  const seconds = BigInt(text.length)
  return create(TaskSpecSchema, {
    shortName: text,
    environment: { name: text },
    taskTemplate: {
      type: text,
      target: container(text, String(text.length), text),
      custom: { type: 'actor', name: text, version: text },
      reusePolicy: undefined,
      config: { queue: text, 'retry-on': text, 'max-inline-io-bytes': text, own: text },
      securityContext: { runAs: { iamRole: text }, secrets: [{ key: text }] },
      metadata: {
        discoverable: true,
        discoveryVersion: text,
        retries: { retries: text.length },
        timeout: { seconds },
        timeouts: { deadline: { seconds } },
        interruptibleValue: { case: 'interruptible', value: text.length > 3 },
        podTemplateName: text,
        logLinks: [{ name: text }],
        codeBundleUri: text,
        generatesDeck: false,
      },
    },
  })
}

const allBut = overridableOptions.filter((option) => option !== 'reusable')

describe('a deployed task', () => {
  test('has the options that a call replaces, and keeps all else', () => {
    const spec = aSpec('old')
    const changed = overrideTaskSpec(spec, { values: aSpec('newer'), options: allBut })
    const expected = aSpec('newer')
    expected.environment = spec.environment
    const [template, original] = [expected.taskTemplate!, spec.taskTemplate!]
    template.type = 'old'
    template.custom = { type: 'actor', name: 'old', version: 'old' }
    template.config['own'] = 'old'
    template.securityContext!.runAs = original.securityContext!.runAs
    template.metadata!.codeBundleUri = 'old'
    if (template.target.case === 'container') template.target.value.image = 'old'
    expect(changed).toEqual(expected)
    expect(spec).toEqual(aSpec('old'))
  })

  test.each(allBut)('with another %s has nothing else that is new', (option) => {
    const changed = overrideTaskSpec(aSpec('old'), { values: aSpec('newer'), options: [option] })
    expect(changed).not.toEqual(aSpec('old'))
    const others = allBut.filter((other) => other !== option)
    expect(overrideTaskSpec(changed, { values: aSpec('old'), options: [option] })).toEqual(aSpec('old'))
    expect(overrideTaskSpec(changed, { values: aSpec('old'), options: others })).toEqual(changed)
  })

  test('has its options taken back', () => {
    const blank = create(TaskSpecSchema, { taskTemplate: { metadata: {} } })
    const { taskTemplate } = overrideTaskSpec(aSpec('old'), { values: blank, options: ['queue', 'timeout', 'secrets'] })
    expect(taskTemplate?.config).toEqual({ 'retry-on': 'old', 'max-inline-io-bytes': 'old', own: 'old' })
    expect([taskTemplate?.metadata?.timeout, taskTemplate?.securityContext?.secrets]).toEqual([undefined, []])
  })

  test('that is a pod has them in its primary container', () => {
    const spec = aSpec('old')
    const podSpec = {
      containers: [{ name: 'side' }, { name: 'main', resources: { limits: { cpu: '9' }, claims: [] }, env: [] }],
    }
    spec.taskTemplate!.target = {
      case: 'k8sPod',
      value: { $typeName: 'flyteidl2.core.K8sPod', podSpec, primaryContainerName: 'main', dataConfig: undefined },
    } as never
    const values = aSpec('newer')
    if (values.taskTemplate?.target.case === 'container') {
      values.taskTemplate.target.value.resources!.limits = [
        { $typeName: 'flyteidl2.core.Resources.ResourceEntry', name: MEMORY, value: '1Gi' },
      ]
    }
    const { taskTemplate } = overrideTaskSpec(spec, { values, options: ['resources', 'envVars'] })
    expect(taskTemplate?.target.value).toMatchObject({
      podSpec: {
        containers: [
          { name: 'side' },
          {
            name: 'main',
            resources: { requests: { cpu: '5' }, limits: { memory: '1Gi' }, claims: [] },
            env: [{ name: 'newer', value: '1' }],
          },
        ],
      },
    })
  })
})

describe('processes that are reused', () => {
  const reused = (text: string): TaskSpec => {
    const spec = aSpec(text)
    spec.taskTemplate!.reusePolicy = create(TaskSpecSchema, {
      taskTemplate: { reusePolicy: { maxReplicas: text.length } },
    }).taskTemplate!.reusePolicy!
    return spec
  }

  test('are told apart by what the task puts into them', () => {
    const override = { values: reused('newer'), options: ['reusable'] }
    const versions = ['one', 'two'].map(
      (text) => overrideTaskSpec(aSpec(text), override).taskTemplate?.custom?.['version'],
    )
    expect(versions[0]).toMatch(/^\w{15}$/)
    expect(versions[1]).not.toBe(versions[0])
    expect(overrideTaskSpec(aSpec('one'), override).taskTemplate).toMatchObject({
      reusePolicy: { maxReplicas: 5 },
      custom: { name: 'newer', version: versions[0] },
    })
  })

  test('cannot be given anything but at their start', () => {
    const override = { values: aSpec('newer'), options: ['envVars'] }
    expect(() => overrideTaskSpec(reused('old'), override)).toThrow("Give reusable: 'off' too")
    const { taskTemplate } = overrideTaskSpec(reused('old'), { ...override, options: ['envVars', 'reusable'] })
    expect([taskTemplate?.reusePolicy, taskTemplate?.custom]).toEqual([undefined, undefined])
  })
})

test('what is no option of a call is refused', () => {
  expect(() => overrideTaskSpec(aSpec('old'), { values: aSpec('newer'), options: ['image'] })).toThrow(
    InvalidArgumentError,
  )
  expect(() => overrideTaskSpec(create(TaskSpecSchema), { values: aSpec('newer'), options: [] })).toThrow('no options')
})
