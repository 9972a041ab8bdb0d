import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { durationMs } from '@bufbuild/protobuf/wkt'
import { fromOutputs, inputsHash, primitiveLiteral, subActionName, traceActionName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema, OutputsSchema } from '@tern/idl/task'
import type { EnqueueChild, TraceRecord } from '@tern/idl/worker'
import { ConditionActionSchema, TraceActionSchema } from '@tern/idl/workflow'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sourceHash } from '../src/authoring/source-hash.ts'
import { bundleFile, type CodeBundle } from '../src/bundle.ts'
import { type Ending, FakeServer, outputsOf } from './fake-server.ts'

let bundle: CodeBundle
let server: FakeServer

beforeAll(async () => {
  bundle = await bundleFile(join(import.meta.dirname, 'fixtures/trace-tasks.ts'), { root: import.meta.dirname })
})
beforeEach(async () => {
  server = await FakeServer.start(bundle)
})
afterEach(() => server.stop())

function valueOf(ending: Ending): unknown {
  if (ending.failed !== undefined) throw new Error(`failed: ${ending.failed.error?.message}`)
  return fromOutputs(outputsOf(ending))['o0']
}

const action = ({ traceAction }: TraceRecord) => fromBinary(TraceActionSchema, traceAction)
const replay = { replay: true, attemptNumber: 2 }

describe('a trace', () => {
  test('is recorded by the first attempt, which asks for none', async () => {
    expect(valueOf(await server.run('t.counting'))).toEqual([1, 2, 3])
    expect(server.lookups).toEqual([])
    expect(server.traces).toHaveLength(3)
    expect(action(server.traces[0]!)).toMatchObject({ name: 'count', phase: ActionPhase.SUCCEEDED })
    expect(action(server.traces[0]!).spec?.interface?.inputs?.variables.map(({ key }) => key)).toEqual(['by'])
    expect(server.traces.map(({ group }) => group)).toEqual(['', '', 'g'])
  })

  test('has a name made of its function, its parent, its inputs and how often it was called', async () => {
    await server.run('t.counting')
    const { name, inputsValue } = server.traces[0]!
    const inputs = inputsValue.case === 'inputs' ? fromBinary(InputsSchema, inputsValue.value).literals : []
    const functionName = 'count'
    const source = String(valueOf(await server.run('t.source')))
    const codeDigest = sourceHash({ toString: () => source } as never)
    const nameOf = (seq: number, group?: string) =>
      traceActionName({ parent: 'a0', inputsHash: inputsHash(inputs), functionName, codeDigest, seq, group })
    expect(name).toBe(nameOf(1))
    expect(server.traces.map((trace) => trace.name)).toEqual([nameOf(1), nameOf(2), nameOf(1, 'g')])
  })

  test('is not made again by a later attempt', async () => {
    const first = valueOf(await server.run('t.counting'))
    expect(valueOf(await server.run('t.counting', undefined, replay))).toEqual(first)
    expect(server.lookups).toEqual(server.traces.map(({ name }) => name))
    expect(server.traces).toHaveLength(3)
  })

  test('has what it calls under its own name, while the parent is the task', async () => {
    await server.run('t.nesting')
    const [inner, outer] = server.traces
    const [child] = server.enqueued
    expect([inner?.parent, outer?.parent]).toEqual([child?.parent, child?.parent])
    expect(new Set([inner?.name, outer?.name, child?.name]).size).toBe(3)
    await server.run('t.counting')
    expect(server.traces[2]?.name).not.toBe(inner?.name)
  })

  test('that failed for good fails again, as it did', async () => {
    const first = await server.run('t.refusing')
    const again = await server.run('t.refusing', undefined, replay)
    const expected = { code: 'NonRecoverableError', message: 'never', recoverable: false }
    expect(first.failed?.error).toMatchObject(expected)
    expect(again.failed?.error).toMatchObject(expected)
    expect(server.traces).toHaveLength(1)
  })

  test('that may be tried again is, under a name that stays free for what it comes to', async () => {
    await server.run('t.stumbling')
    await server.run('t.stumbling', undefined, replay)
    const [first, second] = server.traces
    expect(first?.name).not.toBe(second?.name)
    expect(server.lookups).not.toContain(first?.name)
  })

  test('of an attempt that is told to stop is not recorded', async () => {
    const attempt = server.assign('t.hanging')
    await expect.poll(() => server.started.has(attempt)).toBe(true)
    server.send({ cancels: [{ attempt, reason: 'enough', graceMs: 10 }] })
    expect((await server.ending(attempt)).failed?.error).toMatchObject({ message: 'enough' })
    expect(server.traces).toEqual([])
  })
})

test('a sleep is a child that needs no worker, and a condition one that has no spec', async () => {
  const on = primitiveLiteral({ case: 'stringValue', value: 'on' })
  server.onEnqueue = (child) => {
    const literals = child.specRef === 0 ? [{ name: 'value', value: on }] : []
    const phase = ActionPhase.SUCCEEDED
    const value = toBinary(OutputsSchema, create(OutputsSchema, { literals }))
    server.send({
      children: [{ parent: child.parent, name: child.name, phase, outputsValue: { case: 'outputs', value } }],
    })
    return true
  }
  expect(valueOf(await server.run('t.waiting'))).toBe('on')
  const [sleep, condition] = server.enqueued as [EnqueueChild, EnqueueChild]
  expect(server.specs.get(sleep.specRef)?.taskTemplate).toMatchObject({
    type: 'core-sleep',
    target: { case: undefined },
  })
  const spec = fromBinary(ConditionActionSchema, condition.conditionAction ?? new Uint8Array())
  expect(spec).toMatchObject({ name: 'go', prompt: 'Go?', promptType: 2 })
  expect(spec.timeout && durationMs(spec.timeout)).toBe(3_600_000)
  expect(condition.name).toBe(subActionName({ parent: 'a0', inputsHash: 'go', taskIdentity: 'go', seq: 1 }))
})
