import { create } from '@bufbuild/protobuf'
import { SimpleType } from '@tern/idl/core'
import { TaskSpecSchema } from '@tern/idl/task'
import { expect, test } from 'vitest'
import { specChanges } from './spec-changes.ts'

const variable = (key: string, simple: SimpleType, description = '') => ({
  key,
  value: { type: { type: { case: 'simple' as const, value: simple } }, description },
})

const spec = (
  version: string,
  more: { inputs?: ReturnType<typeof variable>[]; retries?: number; memory?: string; flavour?: string },
) =>
  create(TaskSpecSchema, {
    taskTemplate: {
      id: { name: 'a.b', version },
      metadata: {
        retries: { retries: more.retries ?? 0 },
        codeBundleUri: `s3://x/${version}.mjs`,
        discoveryVersion: version,
      },
      interface: { inputs: { variables: more.inputs ?? [] } },
      target: {
        case: 'container',
        value: {
          args: ['--bundle', `s3://x/${version}.mjs`],
          resources: { requests: more.memory === undefined ? [] : [{ name: 3, value: more.memory }] },
          env: more.flavour === undefined ? [] : [{ key: 'FLAVOUR', value: more.flavour }],
        },
      },
    },
  })

test('what follows from the code alone is no change', () => {
  expect(specChanges(spec('v1', {}), spec('v2', {}))).toEqual({ interface: [], options: [], resources: [] })
})

test('what is new, gone and other is told by its name', () => {
  const before = spec('v1', { inputs: [variable('x', SimpleType.INTEGER)], retries: 1, flavour: 'rye' })
  const after = spec('v2', { inputs: [variable('x', SimpleType.FLOAT, 'How much')], retries: 4, memory: '1Gi' })
  expect(specChanges(before, after)).toEqual({
    interface: [{ label: 'Input x', before: 'integer', after: 'float (How much)' }],
    options: [
      { label: 'Container env FLAVOUR', before: 'rye', after: undefined },
      { label: 'Retries', before: '1', after: '4' },
    ],
    resources: [{ label: 'Requests memory', before: undefined, after: '1Gi' }],
  })
})
