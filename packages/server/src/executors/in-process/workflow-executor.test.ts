import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf'
import { literalTypes, toLiteral } from '@tern/core'
import { createStorage, type Storage } from '@tern/core/storage'
import { ActionPhase, RelationType } from '@tern/idl/common'
import { workflowToLiteral } from '@tern/core/workflow'
import type { Workflow } from '@tern/idl/graph'
import { LiteralSchema } from '@tern/idl/core'
import { InputsSchema, OutputsSchema, RunSpecSchema, TaskSpecSchema } from '@tern/idl/task'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActionKey } from '../../engine/model.ts'
import { aRun, runKey, startEngine, type TestEngine } from '../../engine/test/fixtures.ts'
import {
  call,
  graph,
  inputsOf,
  node,
  task,
  valuesOf,
  variables,
  workflow,
  workflowSpec,
} from '../../workflows/test/graphs.ts'
import { workflowExecutors } from '../../workflows/test/executors.ts'
import type { Attempt } from '../executor.ts'

let folder: string
let storage: Storage
let tern: TestEngine
const waiting: ActionKey[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-workflows-'))
  storage = createStorage(folder, { fsync: false })
  waiting.length = 0
  tern = await startEngine(undefined, {
    queues: { narrow: { maxConcurrency: 1 } },
    onCondition: ({ key }) => waiting.push(key),
    before: (host) => workflowExecutors(host, storage),
  })
})
afterEach(async () => {
  await tern.close()
  rmSync(folder, { recursive: true })
})

async function start(
  of: Workflow,
  values: Parameters<typeof inputsOf>[0] = {},
  metadata: JsonObject = {},
): Promise<void> {
  await tern.engine.createRun(aRun({ spec: workflowSpec(of, metadata), inputs: { bytes: inputsOf(values) } }))
}

/** The latest attempt of a task that was started and has not been answered. */
async function started(name: string, matches: (attempt: Attempt) => boolean = () => true): Promise<Attempt> {
  const find = (): Attempt | undefined =>
    tern.executor.attempts.find((each) => each.spec.taskName === name && !answered.has(each) && matches(each))
  await tern.executor.until(() => find() !== undefined)
  answered.add(find()!)
  return [...answered].at(-1)!
}

const answered = new Set<Attempt>()

function given({ inputs }: Attempt): Record<string, unknown> {
  return valuesOf('bytes' in inputs ? inputs.bytes : undefined)
}

function answer({ handle }: Attempt, values: Parameters<typeof inputsOf>[0] = {}): void {
  tern.executor.host.succeeded(handle, { bytes: inputsOf(values) }, Date.now(), Date.now())
}

function refuse({ handle }: Attempt, message = 'boom'): void {
  const failure = { code: 'Error', message, kind: 'user', recoverable: true } as const
  tern.executor.host.failed(handle, failure, Date.now(), Date.now())
}

async function ended(action = 'a0', key = runKey) {
  await expect
    .poll(async () => (await tern.stored(action, key))?.state.endedAt ?? null, { timeout: 20_000 })
    .not.toBeNull()
  return (await tern.stored(action, key))!
}

const one = task('one', ['x'], ['y'])
const two = task('two', ['x'], ['y'])
const handler = task('handler', [], [])

describe('a workflow', () => {
  test('is walked without a process: its tasks run as their inputs come', async () => {
    const nodes = [call('n0', 0, { x: 'inputs.x' }), call('n1', 1, { x: 'n0.y' })]
    await start(workflow({ entities: [one, two], nodes, inputs: ['x'], outputs: { out: 'n1.y' } }), { x: 1 })
    const first = await started('one')
    expect(given(first)).toEqual({ x: 1 })
    answer(first, { y: 2 })
    const second = await started('two')
    expect(given(second)).toEqual({ x: 2 })
    answer(second, { y: 3 })
    const root = await ended()
    expect(root.state.phase).toBe(ActionPhase.SUCCEEDED)
    expect(valuesOf(root.outputs)).toEqual({ out: 3 })
    expect(tern.executor.attempts).toHaveLength(2)
  })

  test('of echo nodes alone starts nothing', async () => {
    const nodes = Array.from({ length: 500 }, (_, i) =>
      node(`n${i}`, { echo: {}, outputs: variables(['x']) }, { x: i === 0 ? 'inputs.x' : `n${i - 1}.x` }),
    )
    await start(workflow({ nodes, inputs: ['x'], outputs: { out: 'n499.x' } }), { x: 7 })
    expect(valuesOf((await ended()).outputs)).toEqual({ out: 7 })
  })

  test('whose graph is not sound fails, and says where', async () => {
    await start(workflow({ entities: [one], nodes: [call('n0', 0)] }))
    const { state } = await ended()
    expect(state.failure).toMatchObject({ code: 'BadTaskSpecification' })
    expect(state.failure?.message).toContain('workflow wf, node n0: input x, integer, is not bound')
  })

  test('maps over lists, some at once, and gives lists', async () => {
    const nodes = [node('n0', { map: { entity: 0, over: ['x'], concurrency: 2 } }, { x: 'inputs.xs' })]
    await start(workflow({ entities: [one], nodes, inputs: ['xs'], outputs: { outs: 'n0.y' } }), { xs: [1, 2, 3] })
    const batch = [await started('one'), await started('one')]
    expect(tern.executor.attempts).toHaveLength(2)
    expect(batch.map(({ group }) => group)).toEqual(['n0', 'n0'])
    for (const attempt of batch) answer(attempt, { y: Number(given(attempt)['x']) * 10 })
    const last = await started('one')
    answer(last, { y: 30 })
    expect(valuesOf((await ended()).outputs)).toEqual({ outs: [10, 20, 30] })
  })

  test('takes inputs from storage and puts what is large there', async () => {
    const xs = Array.from({ length: 5_000 }, (_, i) => i)
    await storage.write(storage.join(folder, 'in', 'inputs.pb'), inputsOf({ xs }))
    const of = workflow({
      entities: [task('large', ['xs'], ['ys'])],
      nodes: [call('n0', 0, { xs: 'inputs.xs' })],
      inputs: ['xs'],
      outputs: { outs: 'n0.ys' },
    })
    const runBase = storage.join(folder, 'run')
    await tern.engine.createRun(aRun({ spec: workflowSpec(of), inputs: { uri: `${folder}/in/inputs.pb` }, runBase }))
    const attempt = await started('large')
    expect(attempt.inputs).toMatchObject({ uri: expect.stringContaining('offloaded-inputs') })
    await storage.write(storage.join(folder, 'out', 'outputs.pb'), inputsOf({ ys: xs }))
    tern.executor.host.succeeded(attempt.handle, { uri: storage.join(folder, 'out') }, 0, Date.now())
    const { outputsUri } = await ended()
    const stored = await storage.read(`${outputsUri}/outputs.pb`)
    expect(valuesOf(stored)).toEqual({ outs: xs })
  })

  test('X-29: looks into what a task has left in storage, and hands the note on to others', async () => {
    const uri = storage.join(folder, 'out', 'ys.pb')
    const value = toLiteral([40, 41, 42], literalTypes.list(literalTypes.integer()))
    await storage.write(uri, toBinary(LiteralSchema, value))
    const entities = [task('large', [], ['ys']), one, task('all', ['xs'], [])]
    const nodes = [call('n0', 0), call('n1', 1, { x: 'n0.ys[2]' }), call('n2', 2, { xs: 'n0.ys' })]
    await start(workflow({ entities, nodes, outputs: { out: 'n1.y' } }))
    const { handle } = await started('large')
    const note = create(LiteralSchema, { value: { case: 'offloadedMetadata', value: { uri, sizeBytes: 99n } } })
    const bytes = toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name: 'ys', value: note }] }))
    tern.executor.host.succeeded(handle, { bytes }, 0, Date.now())
    const item = await started('one')
    expect(given(item)).toEqual({ x: 42 })
    const whole = await started('all')
    expect('bytes' in whole.inputs && fromBinary(InputsSchema, whole.inputs.bytes).literals[0]?.value).toEqual(note)
    answer(whole)
    answer(item, { y: 1 })
    expect(valuesOf((await ended()).outputs)).toEqual({ out: 1 })
  })

  test('X-29: fails, and says why, where something is not in storage', async () => {
    const nodes = [call('n0', 0), call('n1', 1, { x: 'n0.ys[0]' })]
    await start(workflow({ entities: [task('large', [], ['ys']), one], nodes }))
    const { handle } = await started('large')
    const uri = storage.join(folder, 'nowhere.pb')
    const note = create(LiteralSchema, { value: { case: 'offloadedMetadata', value: { uri, sizeBytes: 9n } } })
    const bytes = toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name: 'ys', value: note }] }))
    tern.executor.host.succeeded(handle, { bytes }, 0, Date.now())
    const { failure } = (await ended()).state
    expect(failure).toMatchObject({ code: 'WorkflowValueError' })
    expect(failure?.message).toContain(`node n1 failed: the value that is kept in storage at ${uri} cannot be read`)
  })

  test('takes no place of its run or its queue', async () => {
    const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { maxActionConcurrency: 1, queue: 'narrow' }))
    const inner = task('inner', [], [])
    const of = workflow({ entities: [inner], nodes: [call('n0', 0), call('n1', 0, {}, { upstream: ['n0'] })] })
    await tern.engine.createRun(aRun({ spec: workflowSpec(of), runSpec }))
    answer(await started('inner'))
    answer(await started('inner'))
    expect((await ended()).state.phase).toBe(ActionPhase.SUCCEEDED)
  })

  test('runs deployed tasks', async () => {
    const deployed = { deployedTask: { name: 'env.deployed', interface: { outputs: variables(['y']) } } }
    await start(workflow({ entities: [deployed], nodes: [call('n0', 0)], outputs: { out: 'n0.y' } }))
    answer(await started('env.deployed'), { y: 4 })
    expect(valuesOf((await ended()).outputs)).toEqual({ out: 4 })
  })

  test('changes what its nodes say of their tasks', async () => {
    const overrides = { retries: { retries: 1 }, queue: 'narrow' }
    const nodes = [node('n0', { call: { entity: 0, overrides } }, { x: 1 }, { name: 'first' }), call('n1', 0, { x: 2 })]
    await start(workflow({ entities: [one], nodes }))
    const changed = await started('one', ({ spec }) => spec.shortName === 'first')
    expect(changed.policy.retry.userRetries).toBe(1)
    expect(changed.policy.queue).toBe('narrow')
    const plain = await started('one')
    expect(plain.policy.retry.userRetries).toBe(0)
  })

  test('runs a task that is itself a workflow as an action of its own', async () => {
    const inner = workflow({
      entities: [one],
      nodes: [call('n0', 0, { x: 'inputs.x' })],
      inputs: ['x'],
      outputs: { y: 'n0.y' },
    })
    const nodes = [call('n0', 0, { x: 5 })]
    await start(workflow({ entities: [{ task: fromSpec(workflowSpec(inner)) }], nodes, outputs: { out: 'n0.y' } }))
    answer(await started('one'), { y: 6 })
    expect(valuesOf((await ended()).outputs)).toEqual({ out: 6 })
  })
})

describe('gates', () => {
  const condition = { name: 'go', type: { simple: 'INTEGER' } }

  test('wait for their value, over a restart too', async () => {
    const nodes = [node('n0', { signal: { condition }, outputs: variables(['o0']) }), call('n1', 0, { x: 'n0.o0' })]
    await start(workflow({ entities: [one], nodes }))
    await expect.poll(() => waiting.length).toBe(1)
    tern = await tern.restart()
    await tern.engine.signal(waiting[0]!, inputsOf({ value: 9 }))
    expect(given(await started('one'))).toEqual({ x: 9 })
  })

  test('an approval that is refused fails the workflow', async () => {
    const ask = { name: 'ok', type: { simple: 'BOOLEAN' } }
    await start(
      workflow({ nodes: [node('n0', { approval: { condition: ask }, outputs: variables(['x']) }, { x: 1 })] }),
    )
    await expect.poll(() => waiting.length).toBe(1)
    const literals = [{ name: 'value', value: toLiteral(false, literalTypes.boolean()) }]
    await tern.engine.signal(waiting[0]!, toBinary(OutputsSchema, create(OutputsSchema, { literals })))
    expect((await ended()).state.failure).toMatchObject({ code: 'ApprovalRejected' })
  })

  test('a sleep node waits for as long as it is told', async () => {
    const duration = { literal: { scalar: { primitive: { duration: '0.010s' } } } }
    const nodes = [node('n0', { sleep: {} }, { duration }), call('n1', 0, { x: 1 }, { upstream: ['n0'] })]
    await start(workflow({ entities: [one], nodes }))
    answer(await started('one'))
    expect((await ended()).state.phase).toBe(ActionPhase.SUCCEEDED)
  })
})

describe('failures', () => {
  const nodes = [call('n0', 0, { x: 1 }), call('n1', 1, { x: 2 })]

  test('of a node fail the workflow, and abort what runs', async () => {
    await start(workflow({ entities: [one, two], nodes }))
    const [first, second] = [await started('one'), await started('two')]
    refuse(first)
    const { state } = await ended()
    expect(state).toMatchObject({ phase: ActionPhase.FAILED, failure: { message: 'node n0 failed: boom' } })
    expect((await ended(second.action)).state.phase).toBe(ActionPhase.ABORTED)
  })

  test('call the handler first, which is called once, however often the server is started meanwhile', async () => {
    await start(workflow({ entities: [one, two, handler], nodes, more: { onFailure: call('fn0', 2) } }))
    const [first, second] = [await started('one'), await started('two')]
    refuse(first)
    const before = await started('handler')
    expect((await ended(second.action)).state.abortReason).toBe('aborted, since node n0 failed')
    tern = await tern.restart()
    const after = await started('handler')
    expect(after.action).toBe(before.action)
    expect(tern.executor.attempts).toHaveLength(1)
    answer(after)
    expect((await ended()).state.failure?.message).toBe('node n0 failed: boom')
  })

  test('another attempt of the workflow runs again what failed, and nothing else', async () => {
    const metadata = { retries: { retries: 1 } }
    const of = workflow({
      entities: [one, two],
      nodes: [call('n0', 0, { x: 1 }), call('n1', 1, { x: 'n0.y' })],
      outputs: { out: 'n1.y' },
    })
    await start(of, {}, metadata)
    answer(await started('one'), { y: 1 })
    refuse(await started('two'))
    const again = await started('two')
    expect(again.number).toBe(1)
    answer(again, { y: 2 })
    const root = await ended()
    expect(root.state).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempt: 2 })
    expect(valuesOf(root.outputs)).toEqual({ out: 2 })
    expect(tern.executor.attempts.map(({ spec }) => spec.taskName)).toEqual(['one', 'two', 'two'])
  })

  test('call the handler in each attempt of the workflow', async () => {
    const of = workflow({ entities: [one, two, handler], nodes, more: { onFailure: call('fn0', 2) } })
    await start(of, {}, { retries: { retries: 1 } })
    refuse(await started('one'))
    const first = await started('handler')
    answer(first)
    refuse(await started('one'))
    const second = await started('handler')
    expect(second.action).not.toBe(first.action)
    answer(second)
    expect((await ended()).state).toMatchObject({ phase: ActionPhase.FAILED, attempt: 2 })
  })

  test('of the workflow leave nothing behind when it is aborted', async () => {
    await start(workflow({ entities: [one, two], nodes }))
    const first = await started('one')
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    expect((await ended()).state.phase).toBe(ActionPhase.ABORTED)
    expect((await ended(first.action)).state.phase).toBe(ActionPhase.ABORTED)
  })
})

describe('a workflow that is aborted', () => {
  const told = task('told', ['x'], [])
  const nodes = [call('n0', 0, { x: 1 })]

  test('has its failure handler called, as a run of its own (F-10)', async () => {
    const more = { onFailure: call('fn0', 1, { x: 'inputs.x' }) }
    await start(workflow({ entities: [one, told], nodes, inputs: ['x'], more }), { x: 7 })
    await started('one')
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    const cleanup = await started('told')
    expect(given(cleanup)).toEqual({ x: 7 })
    expect(cleanup.run.run).not.toBe(runKey.run)
    answer(cleanup)
    expect((await ended('a0', cleanup.run)).state.phase).toBe(ActionPhase.SUCCEEDED)
    expect((await ended()).state).toMatchObject({ phase: ActionPhase.ABORTED, abortReason: 'enough' })
  })

  test('has it called, too, if that is a workflow, and if it ran out of time', async () => {
    const cleaning = { workflow: graph({ nodes: [call('n0', 1, { x: 3 })] }) }
    const of = workflow({ entities: [one, told, cleaning], nodes, more: { onFailure: call('fn0', 2) } })
    await start(of, {}, { timeout: '0.050s' })
    await started('one')
    const cleanup = await started('told')
    expect(given(cleanup)).toEqual({ x: 3 })
    expect((await ended()).state.phase).toBe(ActionPhase.TIMED_OUT)
  })

  test('is told of the last attempt that ran out of time, and of no other (F-10)', async () => {
    const { task: of } = task('of-time', [], []) as { task: { taskTemplate: JsonObject } }
    of.taskTemplate['interface'] = { inputs: { variables: [{ key: 'err', value: { type: { simple: 'STRUCT' } } }] } }
    const more = { onFailure: call('fn0', 1, { err: { error: {} } }) }
    await start(
      workflow({ entities: [one, { task: of }], nodes, more }),
      {},
      { timeout: '0.050s', retries: { retries: 1 } },
    )
    await started('one')
    expect(given(await started('of-time'))).toMatchObject({
      err: { code: 'TaskTimeoutError', message: 'attempt 2 ran longer than its limit of 0.05 s' },
    })
    expect((await ended()).state).toMatchObject({ phase: ActionPhase.TIMED_OUT, attempt: 2 })
    expect(tern.executor.attempts.filter(({ spec }) => spec.taskName === 'of-time')).toHaveLength(1)
  })

  const within = {
    workflow: graph({
      nodes: [call('n0', 0, { x: 'inputs.x' })],
      inputs: ['x'],
      more: { onFailure: call('fn0', 1, { x: 'inputs.x' }) },
    }),
  }
  const around = workflow({
    entities: [one, told, within, two],
    nodes: [call('n0', 2, { x: 5 }), call('n1', 3, { x: 6 })],
    inputs: ['x'],
    more: { onFailure: call('fn0', 1, { x: 'inputs.x' }) },
  })

  test('has those of the workflows inside of it called, too (W-17, F-10)', async () => {
    await start(around, { x: 7 })
    await started('one')
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    const cleanups = [await started('told'), await started('told')]
    expect(new Set(cleanups.map((each) => given(each)['x']))).toEqual(new Set([5, 7]))
    expect(new Set([...cleanups.map(({ run }) => run.run), runKey.run]).size).toBe(3)
  })

  test('inside of one in which a node fails has its handler called before that of the other', async () => {
    await start(around, { x: 7 })
    const inside = await started('one')
    refuse(await started('two'))
    const inner = await started('told')
    expect(given(inner)).toEqual({ x: 5 })
    expect((await ended(inside.action)).state.phase).toBe(ActionPhase.ABORTED)
    answer(inner)
    const outer = await started('told')
    expect(given(outer)).toEqual({ x: 7 })
    answer(outer)
    expect((await ended()).state.failure?.message).toBe('node n1 failed: boom')
    expect([inner.run.run, outer.run.run]).toEqual([runKey.run, runKey.run])
  })

  test('has none called when the server stops', async () => {
    await start(workflow({ entities: [one, told], nodes, more: { onFailure: call('fn0', 1, { x: 1 }) } }))
    await started('one')
    tern = await tern.restart()
    answer(await started('one'), { y: 1 })
    expect((await ended()).state.phase).toBe(ActionPhase.SUCCEEDED)
    expect(tern.executor.attempts.map(({ spec }) => spec.taskName)).toEqual(['one'])
  })
})

describe('dynamic nodes', () => {
  const maker = task('maker', ['n'], ['graph'])
  const made = workflow({ entities: [one], nodes: [call('n0', 0, { x: 20 })], outputs: { y: 'n0.y' } })
  const nodes = [node('n0', { dynamic: { entity: 0 }, outputs: variables(['y']) }, { n: 'inputs.x' })]
  const of = workflow({ entities: [maker], nodes, inputs: ['x'], outputs: { out: 'n0.y' } })

  test('run what they have made, and do not make it again after a restart', async () => {
    await start(of, { x: 2 })
    const { handle } = await started('maker')
    const literals = [{ name: 'graph', value: workflowToLiteral(made) }]
    const bytes = toBinary(OutputsSchema, create(OutputsSchema, { literals }))
    tern.executor.host.succeeded(handle, { bytes }, 0, Date.now())
    expect(await started('one')).toMatchObject({ group: 'n0' })
    tern = await tern.restart()
    answer(await started('one'), { y: 21 })
    expect(valuesOf((await ended()).outputs)).toEqual({ out: 21 })
    expect(tern.executor.attempts.map(({ spec }) => spec.taskName)).toEqual(['one'])
  })
})

test('nodes take cached results', async () => {
  const cached = task('cached', ['x'], ['y'], { discoverable: true, discoveryVersion: '1' })
  const of = workflow({
    entities: [cached],
    nodes: [call('n0', 0, { x: 1 }), call('n1', 0, { x: 1 }, { upstream: ['n0'] })],
    outputs: { a: 'n0.y', b: 'n1.y' },
  })
  await start(of)
  answer(await started('cached'), { y: 4 })
  expect(valuesOf((await ended()).outputs)).toEqual({ a: 4, b: 4 })
  expect(tern.executor.attempts).toHaveLength(1)
})

describe('a restart', () => {
  test('repeats no node that has ended, and goes on with the attempt there was', async () => {
    const entities = [
      one,
      two,
      { workflow: graph({ nodes: [call('n0', 1, { x: 'inputs.a' })], inputs: ['a'], outputs: { b: 'n0.y' } }) },
    ]
    const nodes = [call('n0', 0, { x: 'inputs.x' }), call('n1', 2, { a: 'n0.y' }), call('n2', 0, { x: 'n1.b' })]
    await start(workflow({ entities, nodes, inputs: ['x'], outputs: { out: 'n2.y' } }), { x: 1 })
    answer(await started('one'), { y: 2 })
    const inside = await started('two')
    expect(inside.group).toBe('n1')
    tern = await tern.restart()
    const again = await started('two')
    expect(again.action).toBe(inside.action)
    answer(again, { y: 3 })
    const last = await started('one')
    expect(given(last)).toEqual({ x: 3 })
    answer(last, { y: 4 })
    const root = await ended()
    expect(root.state).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempt: 1 })
    expect(tern.executor.attempts.map(({ spec }) => spec.taskName)).toEqual(['two', 'one'])
  })

  test('a run that recovers another takes over the nodes that ended well', async () => {
    const of = workflow({
      entities: [one, two],
      nodes: [call('n0', 0, { x: 1 }), call('n1', 1, { x: 'n0.y' })],
      outputs: { out: 'n1.y' },
    })
    await start(of)
    answer(await started('one'), { y: 2 })
    refuse(await started('two'))
    await ended()
    const relation = {
      relationType: RelationType.RECOVER,
      relatedTo: { project: runKey.project, domain: runKey.domain, name: runKey.run },
    }
    const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { relation }))
    const key = { ...runKey, run: 'r2' }
    await tern.engine.createRun(aRun({ key, spec: workflowSpec(of), runSpec, requestDigest: 'another' }))
    answer(await started('two', ({ run }) => run.run === 'r2'), { y: 5 })
    expect(valuesOf((await ended('a0', key)).outputs)).toEqual({ out: 5 })
    expect(tern.executor.attempts.filter(({ spec }) => spec.taskName === 'one')).toHaveLength(1)
  })
})

describe('launch plans', () => {
  const plan = { launchPlan: { name: 'nightly', interface: { inputs: variables(['x']), outputs: variables(['y']) } } }
  const of = workflow({ entities: [plan], nodes: [call('n0', 0, { x: 3 })], outputs: { out: 'n0.y' } })

  test('are runs of their own, which the node waits for, over a restart too', async () => {
    await start(of)
    const before = await started('env.launched')
    expect(before.run).toMatchObject({ project: 'flytesnacks', domain: 'production' })
    expect(given(before)).toEqual({ x: 3 })
    tern = await tern.restart()
    const after = await started('env.launched')
    expect(after.run).toEqual(before.run)
    answer(after, { y: 8 })
    expect(valuesOf((await ended()).outputs)).toEqual({ out: 8 })
  })

  test('fail the node, and name the run', async () => {
    await start(of)
    const run = await started('env.launched')
    refuse(run)
    expect((await ended()).state.failure?.message).toBe(`node n0 failed: run ${run.run.run} failed: boom`)
  })

  test('are aborted with the node', async () => {
    await start(of)
    const { run } = await started('env.launched')
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    expect((await ended('a0', run)).state).toMatchObject({ phase: ActionPhase.ABORTED, abortReason: 'enough' })
  })
})

/** A task spec as JSON, from its record. */
function fromSpec({ bytes }: { readonly bytes: Uint8Array }): JsonObject {
  return toJson(TaskSpecSchema, fromBinary(TaskSpecSchema, bytes)) as JsonObject
}
