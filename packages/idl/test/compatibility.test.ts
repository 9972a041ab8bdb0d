import { create, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { describe, expect, test } from 'vitest'
import { npmProtocol } from './descriptors.ts'
import { RelationType } from '../src/common.ts'
import { TailLogsRequestSchema } from '../src/dataproxy.ts'
import { RunSpecSchema, TaskSpecSource } from '../src/task.ts'
import { TriggerSpecSchema } from '../src/trigger.ts'
import { CreateRunRequestSchema, SignalEventRequestSchema } from '../src/workflow.ts'

const runId = { org: 'o', project: 'p', domain: 'd', name: 'r1' }

describe('a message with newer fields', () => {
  const spec = create(RunSpecSchema, {
    queue: 'fast',
    runStartTime: timestampFromMs(1_000),
    taskSpecSource: TaskSpecSource.DEPLOYED,
    relation: { relatedTo: runId, relationType: RelationType.RECOVER },
    recover: { forceRerunActions: ['a1'] },
  })

  test('survives binary', () => {
    expect(fromBinary(RunSpecSchema, toBinary(RunSpecSchema, spec))).toEqual(spec)
  })

  test('survives JSON, in the names that clients use', () => {
    const json = toJson(RunSpecSchema, spec)
    expect(json).toMatchObject({
      queue: 'fast',
      runStartTime: '1970-01-01T00:00:01Z',
      relation: { relationType: 'RELATION_TYPE_RECOVER' },
      recover: { forceRerunActions: ['a1'] },
    })
    expect(fromJson(RunSpecSchema, json)).toEqual(spec)
  })

  test('survives a decoder that does not know them', () => {
    const relayed = relay('flyteidl2.task.RunSpec', toBinary(RunSpecSchema, spec))
    expect(fromBinary(RunSpecSchema, relayed)).toEqual(spec)
  })
})

describe('bytes of the npm protocol', () => {
  test('read as before where a field was renamed', () => {
    const bytes = encodeWithNpm('flyteidl2.task.RunSpec', { cluster: 'fast' })
    expect(fromBinary(RunSpecSchema, bytes).queue).toBe('fast')
  })

  test('read as before where a field moved into a oneof', () => {
    const tail = encodeWithNpm('flyteidl2.dataproxy.TailLogsRequest', { podName: 'pod-0', attempt: 1 })
    expect(fromBinary(TailLogsRequestSchema, tail).podSelector).toEqual({ case: 'podName', value: 'pod-0' })
    const trigger = encodeWithNpm('flyteidl2.trigger.TriggerSpec', { inputs: { literals: [{ name: 'x' }] } })
    expect(fromBinary(TriggerSpecSchema, trigger).inputWrapper.case).toBe('inputs')
  })

  test('are readable by the npm protocol when we write them', () => {
    const request = create(CreateRunRequestSchema, {
      id: { case: 'runId', value: runId },
      runSpec: { queue: 'fast', maxActionConcurrency: 4 },
    })
    expect(decodeWithNpm('flyteidl2.workflow.CreateRunRequest', toBinary(CreateRunRequestSchema, request))).toEqual({
      runId,
      runSpec: { cluster: 'fast' },
    })
  })
})

test('fields newer than ours survive decoding and encoding', () => {
  const newer = Uint8Array.of(0xa2, 0x06, 0x02, 0x68, 0x69) // field 100, the bytes "hi"
  const known = toBinary(SignalEventRequestSchema, create(SignalEventRequestSchema, { parentActionName: 'a0' }))
  const request = fromBinary(SignalEventRequestSchema, Uint8Array.of(...known, ...newer))
  expect(request.parentActionName).toBe('a0')
  expect(toBinary(SignalEventRequestSchema, request)).toEqual(Uint8Array.of(...known, ...newer))
})

function encodeWithNpm(typeName: string, json: Parameters<typeof fromJson>[1]): Uint8Array {
  const schema = npmMessage(typeName)
  return toBinary(schema, fromJson(schema, json))
}

function decodeWithNpm(typeName: string, bytes: Uint8Array): unknown {
  const schema = npmMessage(typeName)
  return toJson(schema, fromBinary(schema, bytes))
}

function relay(typeName: string, bytes: Uint8Array): Uint8Array {
  const schema = npmMessage(typeName)
  const message = fromBinary(schema, bytes)
  expect(reflect(schema, message).getUnknown()).not.toEqual([])
  return toBinary(schema, message)
}

function npmMessage(typeName: string) {
  const schema = npmProtocol().getMessage(typeName)
  if (schema === undefined) throw new Error(`${typeName} does not exist`)
  return schema
}
