import { create } from '@bufbuild/protobuf'
import { Resources_ResourceName } from '@tern/idl/core'
import { TaskOverridesSchema } from '@tern/idl/graph'
import { expect, test } from 'vitest'
import { overrideTexts } from './override-text.ts'

test('what is not overridden is not said', () => {
  expect(overrideTexts(undefined)).toEqual([])
  expect(overrideTexts(create(TaskOverridesSchema))).toEqual([])
})

test('what is overridden is said in words', () => {
  const overrides = create(TaskOverridesSchema, {
    retries: { retries: 0 },
    timeout: { seconds: 90n },
    interruptible: false,
    cache: { enabled: true, version: '2' },
    queue: 'slow',
    resources: {
      requests: [
        { name: Resources_ResourceName.CPU, value: '2' },
        { name: Resources_ResourceName.MEMORY, value: '1Gi' },
      ],
    },
    env: [{ key: 'A', value: 'b' }],
  })
  expect(overrideTexts(overrides)).toEqual([
    { label: 'Retries', value: '0' },
    { label: 'Timeout', value: '1m 30s' },
    { label: 'Asks for', value: '2 CPU, 1Gi memory' },
    { label: 'Interruptible', value: 'no' },
    { label: 'Cache', value: 'on, version 2' },
    { label: 'Queue', value: 'slow' },
    { label: 'Variables', value: 'A=b' },
  ])
})

test('no limit of time is none', () => {
  expect(overrideTexts(create(TaskOverridesSchema, { timeout: {} }))).toEqual([{ label: 'Timeout', value: 'none' }])
})
