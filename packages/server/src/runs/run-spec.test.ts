import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { RelationType } from '@tern/idl/common'
import { RunSpecSchema, TaskSpecSchema } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { completeRunSpec } from './run-spec.ts'

const related = { org: 'tern', project: 'p', domain: 'd', name: 'r' }

function complete(
  overrides: Partial<Parameters<typeof completeRunSpec>[0]> = {},
  runtime = { version: '0.1.0', flavor: 'typescript' },
) {
  return completeRunSpec({
    runSpec: undefined,
    runStartTime: undefined,
    task: create(TaskSpecSchema, { taskTemplate: { metadata: { runtime } } }),
    isDeployed: false,
    now: 1000,
    rawDataPrefix: '/storage/raw',
    ...overrides,
  })
}

describe('the start time of a run', () => {
  test('is what the spec says, else what the request says, else now', () => {
    const runStartTime = timestampFromMs(3000)
    const runSpec = create(RunSpecSchema, { runStartTime: timestampFromMs(2000) })
    expect(complete({ runSpec, runStartTime }).runStartTime).toEqual(timestampFromMs(2000))
    expect(complete({ runStartTime }).runStartTime).toEqual(timestampFromMs(3000))
    expect(complete().runStartTime).toEqual(timestampFromMs(1000))
  })

  test.each([
    ['2.3.6', true],
    ['v2.10.0', true],
    ['flyte-3.0.0rc1', true],
    ['2.3.5', false],
    ['1.99.99', false],
    ['unknown', false],
  ])('is given to a Python runtime %s: %s', (version, given) => {
    expect(complete({}, { version, flavor: 'python' }).runStartTime !== undefined).toBe(given)
  })
})

test('an older way of naming a related run is understood', () => {
  const spec = complete({ runSpec: create(RunSpecSchema, { relatedTo: related }) })
  expect(spec.relation).toMatchObject({ relatedTo: { name: 'r' }, relationType: RelationType.RERUN })
})

test('the request is left as it is', () => {
  const runSpec = create(RunSpecSchema)
  complete({ runSpec })
  expect(runSpec).toEqual(create(RunSpecSchema))
})
