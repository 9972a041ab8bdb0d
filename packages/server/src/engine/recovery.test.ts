import { create, toBinary } from '@bufbuild/protobuf'
import { ActionPhase, RelationType } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { ActionType, ConditionActionSchema } from '@tern/idl/workflow'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toSpecRecord } from '../store/specs.ts'
import { aRun, aSpec, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

const { SUCCEEDED, FAILED, RECOVERED, PAUSED } = ActionPhase
const boom = { code: 'Error', message: 'boom', kind: 'user', recoverable: true } as const
const noInputs = { inputs: { bytes: new Uint8Array() }, group: '', cacheKey: '', queue: '' }
const again = { ...runKey, run: 'r2' }

let tern: TestEngine
beforeEach(async () => {
  tern = await startEngine()
})
afterEach(() => tern.close())

/** Plays a tree of actions in the first run: `good` with the child `leaf` and a trace, `bad` fails, and so the run. */
async function failedRun(goodOutputs: { readonly bytes: Uint8Array } | { readonly uri: string }): Promise<void> {
  await tern.engine.createRun(aRun())
  const root = await attemptOf('a0')
  enqueue(root, 'good')
  enqueue(root, 'bad')
  await tern.engine.enqueue({
    ...noInputs,
    key: { ...runKey, action: 'ask' },
    parent: 'a0',
    spec: toSpecRecord({ case: 'condition', value: create(ConditionActionSchema, { name: 'ask' }) }),
  })
  await tern.engine.signal({ ...runKey, action: 'ask' }, new Uint8Array([9]))
  await tern.engine.enqueue({
    ...noInputs,
    key: { ...runKey, action: 'trace' },
    parent: 'a0',
    spec: { ...aSpec('read'), actionType: ActionType.TRACE, digest: 'a trace' },
    recorded: { phase: SUCCEEDED, startedAt: 5, endedAt: 7, outputs: { uri: '/trace.pb' } },
  })
  const good = await attemptOf('good')
  enqueue(good, 'leaf')
  succeed(await attemptOf('leaf'), new Uint8Array([3]))
  await tern.executor.outcome('leaf')
  tern.executor.host.succeeded(good, goodOutputs, 1, Date.now())
  await tern.executor.outcome('good')
  tern.executor.host.failed(await attemptOf('bad'), boom, 1, Date.now())
  await tern.executor.outcome('bad')
  tern.executor.host.failed(root, boom, 1, Date.now())
  await expect.poll(async () => (await tern.stored('a0'))?.state.phase).toBe(FAILED)
  tern.executor.attempts.length = 0
  tern.executor.outcomes.length = 0
}

async function recover(rerun: ReadonlyArray<string> = []): Promise<number> {
  const relatedTo = { project: runKey.project, domain: runKey.domain, name: runKey.run }
  const runSpec = toBinary(
    RunSpecSchema,
    create(RunSpecSchema, {
      relation: { relatedTo, relationType: RelationType.RECOVER },
      recover: { forceRerunActions: [...rerun] },
    }),
  )
  await tern.engine.createRun(aRun({ key: again, runSpec }))
  return attemptOf('a0')
}

const attemptOf = async (action: string) => (await tern.executor.attempt(action)).handle

function enqueue(parent: number, name: string): void {
  tern.executor.host.enqueueChild(parent, { ...noInputs, name, spec: aSpec(`env.${name}`) })
}

function succeed(handle: number, bytes: Uint8Array): void {
  tern.executor.host.succeeded(handle, { bytes }, 1, Date.now())
}

describe('a run that recovers another', () => {
  test('takes over what succeeded, and executes what did not', async () => {
    await failedRun({ bytes: new Uint8Array([1, 2]) })
    const root = await recover()
    enqueue(root, 'good')
    enqueue(root, 'bad')
    expect(await tern.executor.outcome('good')).toMatchObject({
      phase: RECOVERED,
      outputs: { bytes: new Uint8Array([1, 2]) },
    })
    await attemptOf('bad')
    expect(tern.executor.attempts.map(({ action }) => action)).toEqual(['a0', 'bad'])
    const good = await tern.stored('good', again)
    expect(good).toMatchObject({ cacheSource: 'flytesnacks/development/r1/good/1', state: { attempt: 1 } })
  })

  test('has what was recorded and answered before its code asks', async () => {
    await failedRun({ bytes: new Uint8Array() })
    await recover()
    expect(await tern.stored('trace', again)).toMatchObject({
      outputsUri: '/trace.pb',
      cacheSource: 'flytesnacks/development/r1/trace/1',
      createdAt: 5,
      state: { phase: RECOVERED, endedAt: 7 },
    })
    await tern.engine.enqueue({
      ...noInputs,
      key: { ...again, action: 'ask' },
      parent: 'a0',
      spec: toSpecRecord({ case: 'condition', value: create(ConditionActionSchema, { name: 'ask' }) }),
    })
    expect(await tern.executor.outcome('ask')).toMatchObject({
      phase: RECOVERED,
      outputs: { bytes: new Uint8Array([9]) },
    })
  })

  test('executes again what it is told to, and what was made of it', async () => {
    await failedRun({ bytes: new Uint8Array([1]) })
    const root = await recover(['leaf'])
    enqueue(root, 'good')
    const good = await attemptOf('good')
    enqueue(good, 'leaf')
    succeed(await attemptOf('leaf'), new Uint8Array([4]))
    expect(await tern.executor.outcome('leaf')).toMatchObject({
      phase: SUCCEEDED,
      outputs: { bytes: new Uint8Array([4]) },
    })
  })

  test('executes again what has lost its outputs', async () => {
    await failedRun({ uri: '/gone' })
    enqueue(await recover(), 'good')
    await attemptOf('good')
    expect((await tern.stored('good', again))?.state.phase).not.toBe(RECOVERED)
  })

  test('goes on after a restart as it began', async () => {
    await failedRun({ bytes: new Uint8Array([1]) })
    await recover()
    tern = await tern.restart()
    // Its root had not begun, so what it recorded is taken over once more.
    enqueue(await attemptOf('a0'), 'good')
    expect((await tern.stored('trace', again))?.outputsUri).toBe('/trace.pb')
    expect(await tern.executor.outcome('good')).toMatchObject({ phase: RECOVERED })
  })

  test('can be recovered in its turn', async () => {
    await failedRun({ bytes: new Uint8Array([1]) })
    enqueue(await recover(), 'good')
    await tern.executor.outcome('good')
    const relatedTo = { project: again.project, domain: again.domain, name: again.run }
    const runSpec = create(RunSpecSchema, { relation: { relatedTo, relationType: RelationType.RECOVER } })
    await tern.engine.abort({ ...again, action: 'a0' }, 'enough')
    tern.executor.attempts.length = 0
    tern.executor.outcomes.length = 0
    const third = { ...runKey, run: 'r3' }
    await tern.engine.createRun(aRun({ key: third, runSpec: toBinary(RunSpecSchema, runSpec) }))
    enqueue(await attemptOf('a0'), 'good')
    expect(await tern.executor.outcome('good')).toMatchObject({ phase: RECOVERED })
    expect((await tern.stored('good', third))?.cacheSource).toBe('flytesnacks/development/r2/good/1')
    expect((await tern.stored('trace', third))?.outputsUri).toBe('/trace.pb')
  })
})

test('a condition that was not answered waits again', async () => {
  await failedRun({ bytes: new Uint8Array() })
  await recover(['ask'])
  await tern.engine.enqueue({
    ...noInputs,
    key: { ...again, action: 'ask' },
    parent: 'a0',
    spec: toSpecRecord({ case: 'condition', value: create(ConditionActionSchema, { name: 'ask' }) }),
  })
  await tern.engine.signal({ ...again, action: 'ask' }, new Uint8Array([5]))
  expect((await tern.stored('ask', again))?.state).toMatchObject({ phase: SUCCEEDED })
  expect((await tern.stored('ask'))?.state.timeline).toContain(`${PAUSED}:`)
})
