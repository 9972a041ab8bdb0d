import { create } from '@bufbuild/protobuf'
import { ActionPhase, RelationType } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { ActionType, TraceActionSchema } from '@tern/idl/workflow'
import { toBinary } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TraceReport } from '../executors/executor.ts'
import { toSpecRecord } from '../store/specs.ts'
import { aRun, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

let run: TestEngine
beforeEach(async () => {
  run = await startEngine()
  await run.engine.createRun(aRun())
})
afterEach(() => run.close())

const outputs = new Uint8Array([7])
const lost = { code: 'WorkerLost', message: 'gone', kind: 'system', recoverable: true } as const
const refused = { code: 'Refused', message: 'no', kind: 'user', recoverable: false } as const

function aTrace(name: string, outcome: Partial<TraceReport['outcome']> = {}): TraceReport {
  return {
    name,
    spec: toSpecRecord({ case: 'trace', value: create(TraceActionSchema, { name: 'fetch' }) }),
    inputs: { bytes: new Uint8Array([1]) },
    group: '',
    outcome: { phase: ActionPhase.SUCCEEDED, startedAt: 5, endedAt: 7, outputs: { bytes: outputs }, ...outcome },
  }
}

test('a trace is an action that has ended, which its parent is told when it is stored', async () => {
  const { handle } = await run.executor.attempt('a0')
  run.executor.host.recordTrace(handle, aTrace('t1'))
  expect(await run.executor.outcome('t1')).toMatchObject({ phase: ActionPhase.SUCCEEDED, outputs: { bytes: outputs } })
  const stored = await run.stored('t1')
  expect(stored).toMatchObject({ actionType: ActionType.TRACE, inputs: new Uint8Array([1]), outputs })
  expect(stored?.state.timeline).toBe('1:5,4:5,5:7')
})

test('a later attempt is told what an earlier one recorded, and that of the rest there is nothing', async () => {
  const first = await run.executor.attempt('a0')
  expect(first.replay).toBe(false)
  run.executor.host.recordTrace(first.handle, aTrace('t1'))
  run.executor.host.recordTrace(
    first.handle,
    aTrace('t2', { phase: ActionPhase.FAILED, outputs: null, failure: refused }),
  )
  run.executor.host.failed(first.handle, lost, 1, Date.now())
  const { handle, replay } = await run.executor.attempt('a0', 2)
  expect(replay).toBe(true)
  run.executor.outcomes.length = 0
  for (const name of ['t1', 't2', 't3', 'a0']) run.executor.host.findTrace(handle, name)
  expect(await run.executor.outcome('t1')).toMatchObject({ phase: ActionPhase.SUCCEEDED, outputs: { bytes: outputs } })
  expect(await run.executor.outcome('t2')).toMatchObject({ phase: ActionPhase.FAILED, failure: refused })
  expect(await run.executor.outcome('t3')).toMatchObject({ phase: ActionPhase.UNSPECIFIED, outputs: null })
  expect(await run.executor.outcome('a0')).toMatchObject({ phase: ActionPhase.UNSPECIFIED })
})

test('a trace whose error may pass is recorded again when it is enqueued again, and stands once it has ended well', async () => {
  await run.executor.attempt('a0')
  const enqueue = async (recorded: TraceReport['outcome']) => {
    const { spec, inputs } = aTrace('t1')
    const key = { ...runKey, action: 't1' }
    await run.engine.enqueue({ key, parent: 'a0', spec, inputs, group: 'g', cacheKey: '', queue: '', recorded })
    return run.stored('t1')
  }
  const failed = { phase: ActionPhase.FAILED, startedAt: 5, endedAt: 7, outputs: null }
  const first = await enqueue({ ...failed, failure: lost })
  expect(first?.state).toMatchObject({ phase: ActionPhase.FAILED, failure: lost })
  const again = await enqueue({ phase: ActionPhase.SUCCEEDED, startedAt: 15, endedAt: 17, outputs: { bytes: outputs } })
  expect(again).toMatchObject({ seq: first?.seq, group: 'g', inputs: new Uint8Array([1]), outputs })
  expect(again?.state).toMatchObject({ phase: ActionPhase.SUCCEEDED, failure: null, attempt: 1, endedAt: 17 })
  expect((await enqueue({ ...failed, failure: lost }))?.state.phase).toBe(ActionPhase.SUCCEEDED)
})

test('a trace whose error is final stands', async () => {
  await run.executor.attempt('a0')
  const { name, spec, inputs, outcome } = aTrace('t1', { phase: ActionPhase.FAILED, outputs: null, failure: refused })
  const request = { key: { ...runKey, action: name }, parent: 'a0', spec, inputs, group: '', cacheKey: '', queue: '' }
  expect(await run.engine.enqueue({ ...request, recorded: outcome })).toEqual({ created: true })
  expect(await run.engine.enqueue({ ...request, recorded: aTrace('t1').outcome })).toEqual({ created: false })
  expect((await run.stored('t1'))?.state).toMatchObject({ phase: ActionPhase.FAILED, failure: refused })
})

test('an attempt that was replaced records nothing more', async () => {
  const first = await run.executor.attempt('a0')
  run.executor.host.failed(first.handle, lost, 1, Date.now())
  const second = await run.executor.attempt('a0', 2)
  run.executor.host.recordTrace(first.handle, aTrace('late'))
  run.executor.host.recordTrace(second.handle, aTrace('t1'))
  await run.executor.outcome('t1')
  expect(await run.stored('late')).toBeUndefined()
})

test('what a recovered run had recorded is there for the first attempt of the run that recovers it', async () => {
  const first = await run.executor.attempt('a0')
  run.executor.host.recordTrace(first.handle, aTrace('t1'))
  await run.executor.outcome('t1')
  run.executor.host.failed(first.handle, refused, 1, Date.now())
  await expect.poll(async () => (await run.stored('a0'))?.state.phase).toBe(ActionPhase.FAILED)
  run.executor.attempts.length = 0
  run.executor.outcomes.length = 0
  const relatedTo = { project: runKey.project, domain: runKey.domain, name: runKey.run }
  const spec = create(RunSpecSchema, { relation: { relatedTo, relationType: RelationType.RECOVER } })
  await run.engine.createRun(aRun({ key: { ...runKey, run: 'r2' }, runSpec: toBinary(RunSpecSchema, spec) }))
  const { handle, replay } = await run.executor.attempt('a0')
  expect(replay).toBe(true)
  run.executor.host.findTrace(handle, 't1')
  expect(await run.executor.outcome('t1')).toMatchObject({ phase: ActionPhase.RECOVERED, outputs: { bytes: outputs } })
})
