import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { fromOutputs, inputsHash, interfaceHash, subActionName, taskIdentity, toInputs } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema, OutputsSchema, type TaskSpec } from '@tern/idl/task'
import { LogLine_Stream, TaskError_Kind } from '@tern/idl/worker'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BundleProgram, bundleFile, type CodeBundle, loadBundle, taskSpecOf } from '../src/bundle.ts'
import { type Ending, FakeServer, type FakeServerOptions, outputsOf } from './fake-server.ts'

let bundle: CodeBundle
let program: BundleProgram
let server: FakeServer

beforeAll(async () => {
  bundle = await bundleFile(join(import.meta.dirname, 'fixtures/worker-tasks.ts'), { root: import.meta.dirname })
  program = await loadBundle(bundle)
})

beforeEach(async () => {
  server = await FakeServer.start(bundle)
})

afterEach(() => server.stop())

async function restart(options: FakeServerOptions): Promise<void> {
  await server.stop()
  server = await FakeServer.start(bundle, options)
}

function specOf(name: string): TaskSpec {
  const task = program.tasks.get(name)
  if (task === undefined) throw new Error(`no task ${name}`)
  return taskSpecOf(task, {
    org: 'tern',
    project: 'flytesnacks',
    domain: 'development',
    version: 'v1',
    bundleUri: '/b.mjs',
  })
}

function inputsFor(name: string, values: Record<string, unknown>): Uint8Array {
  return toBinary(InputsSchema, toInputs(values, specOf(name).taskTemplate?.interface?.inputs))
}

function valueOf(ending: Ending): unknown {
  if (ending.failed !== undefined) throw new Error(`failed: ${ending.failed.error?.message}`)
  return fromOutputs(outputsOf(ending))['o0']
}

async function errorOf(name: string) {
  const { failed } = await server.run(name, undefined, { spec: specOf(name) })
  if (failed?.error === undefined) throw new Error('did not fail')
  return failed.error
}

describe('an attempt', () => {
  test('runs the function and sends what it returns', async () => {
    const ending = await server.run('w.double', inputsFor('w.double', { x: 21, times: 2 }))
    expect(valueOf(ending)).toBe(42)
    expect(ending.completed?.startedAtMs).toBeGreaterThan(Date.now() - 60_000)
    expect(server.started.size).toBe(0)
  })

  test('fills in a default that the caller left out', async () => {
    const inputs = fromBinary(InputsSchema, inputsFor('w.double', { x: 21, times: 2 }))
    inputs.literals = inputs.literals.filter(({ name }) => name === 'x')
    expect(valueOf(await server.run('w.double', toBinary(InputsSchema, inputs)))).toBe(42)
  })

  test('introduces its worker first', async () => {
    await server.run('w.context')
    expect(server.frames[0]?.hello).toMatchObject({ protocolVersion: 1, bundleDigest: bundle.digest, capacity: 1000 })
  })

  test('says that it has started, when it takes longer than a turn', async () => {
    const attempt = server.assign('w.context')
    const { completed } = await server.ending(attempt)
    expect(server.started.has(attempt)).toBe(true)
    expect(completed?.startedAtMs).toBe(0)
  })

  test('knows where it belongs', async () => {
    const ending = await server.run('w.context', undefined, { attemptNumber: 2, group: 'g' })
    expect(valueOf(ending)).toEqual({
      action: { name: 'a0', task: 'w.context', version: 'v1', group: 'g' },
      run: {
        name: 'r1',
        org: 'tern',
        project: 'flytesnacks',
        domain: 'development',
        startedAt: '1970-01-01T00:00:00.000Z',
      },
      attempt: 2,
      mode: 'worker',
      aborted: false,
    })
  })

  test('of a task that the bundle does not have says what it has', async () => {
    expect((await server.run('w.nothing')).failed?.error?.message).toMatch(/has no task w\.nothing; it has w\.double/)
  })
})

describe('a failure', () => {
  test("has the name of the error, its causes, and a stack in the user's terms", async () => {
    const error = await errorOf('w.throwing')
    expect(error).toMatchObject({ code: 'OutOfPaperError', message: 'no paper', kind: 1, recoverable: true })
    expect(error.cause).toMatchObject({ code: 'TypeError', message: 'tray is empty' })
    expect(error.stack.split('\n')).toEqual([
      'OutOfPaperError: no paper',
      '    at printPage (fixtures/worker-tasks.ts:22:9)',
      '    at throwing (fixtures/worker-tasks.ts:18:3)',
    ])
  })

  test('that cannot be recovered says so', async () => {
    expect(await errorOf('w.hopeless')).toMatchObject({ code: 'NonRecoverableError', recoverable: false })
  })

  test('of a child that the parent lets pass shows both, where it was thrown first', async () => {
    const { code, stack } = await errorOf('w.passing')
    expect(code).toBe('OutOfPaperError')
    expect(stack.split('\n')).toEqual([
      'OutOfPaperError: no paper',
      '    at printPage (fixtures/worker-tasks.ts:22:9)',
      '    at throwing (fixtures/worker-tasks.ts:18:3)',
      expect.stringMatching(/^ {4}at async passing \(fixtures\/worker-tasks\.ts:\d+:3\)$/),
    ])
  })

  test("is not recoverable under on: 'recoverable' unless the task says so", async () => {
    expect(await errorOf('w.picky')).toMatchObject({ message: 'plain', recoverable: false })
  })

  test('of a wrong result names both types', async () => {
    expect(await errorOf('w.wrong')).toMatchObject({
      code: 'DataValidationError',
      recoverable: false,
      message: expect.stringMatching(/^output of task w\.wrong: expected list<integer>, got array \["x"\]/) as string,
    })
  })

  test('of a wrong input names both types', async () => {
    const wrongType = fromBinary(InputsSchema, inputsFor('w.echo', { text: 'a' }))
    for (const literal of wrongType.literals) literal.name = 'x'
    const { failed } = await server.run('w.double', toBinary(InputsSchema, wrongType))
    expect(failed?.error?.message).toBe('input x of task w.double: expected integer, got string "a"')
  })

  test('that nobody catches belongs to the attempt that raised it', async () => {
    expect(await errorOf('w.stray')).toMatchObject({ code: 'RangeError', message: 'from a timer' })
    expect(await errorOf('w.floating')).toMatchObject({ code: 'RangeError', message: 'nobody awaits this' })
    expect(valueOf(await server.run('w.double', inputsFor('w.double', { x: 1, times: 1 })))).toBe(1)
  })

  test('is what process.exit() comes to', async () => {
    expect(await errorOf('w.exiting')).toMatchObject({ message: expect.stringContaining('process.exit(3)') as string })
  })
})

describe('child actions', () => {
  test('are enqueued together, and give their results to the caller', async () => {
    const xs = Array.from({ length: 50 }, (_, i) => i)
    expect(valueOf(await server.run('w.parent', inputsFor('w.parent', { xs })))).toEqual(xs.map((x) => 2 * x))
    expect(server.frames.filter(({ enqueues }) => enqueues.length > 0)).toHaveLength(1)
    expect(server.frames.flatMap(({ specs }) => specs)).toHaveLength(1)
  })

  test('have the names that the protocol demands', async () => {
    await server.run('w.grouping', undefined, { spec: specOf('w.grouping') })
    const { taskTemplate } = server.specs.get(server.enqueued[0]?.specRef ?? 0) as TaskSpec
    const identity = taskIdentity({
      taskName: 'w.double',
      interfaceHash: interfaceHash(taskTemplate?.interface),
      discoveryVersion: taskTemplate?.metadata?.discoveryVersion ?? '',
    })
    const { literals } = fromBinary(InputsSchema, server.enqueued[0]?.inputsValue.value as Uint8Array)
    const parts = { parent: 'a0', inputsHash: inputsHash(literals), taskIdentity: identity }
    expect(server.enqueued.map(({ name }) => name)).toEqual([
      subActionName({ ...parts, seq: 1 }),
      subActionName({ ...parts, seq: 2 }),
      subActionName({ ...parts, seq: 1, group: 'g' }),
      subActionName({ ...parts, seq: 3 }),
    ])
  })

  test('carry the spec of their task, with what the call overrides', async () => {
    await server.run('w.grouping', undefined, { spec: specOf('w.grouping') })
    const [first, , third, fourth] = server.enqueued
    expect(server.specs.get(first?.specRef ?? 0)).toEqual(specOf('w.double'))
    expect(third).toMatchObject({ group: 'g', cacheKey: '', queue: '' })
    expect(fourth).toMatchObject({ group: '', queue: 'fast', cacheKey: expect.stringMatching(/^.{44}$/) as string })
    expect(server.specs.get(fourth?.specRef ?? 0)?.taskTemplate?.metadata).toMatchObject({
      retries: { retries: 2 },
      discoverable: true,
    })
  })

  test('are named the same by the next attempt', async () => {
    await server.run('w.grouping')
    const names = server.enqueued.map(({ name }) => name)
    await server.run('w.grouping', undefined, { attemptNumber: 2, replay: true })
    expect(server.enqueued.slice(names.length).map(({ name }) => name)).toEqual(names)
  })

  test('that fail throw in the caller, with the stack of the call', async () => {
    const caught = valueOf(await server.run('w.catching')) as Record<string, string>
    expect(caught).toMatchObject({
      name: 'TaskFailedError',
      code: 'OutOfPaperError',
      message: 'no paper',
      cause: 'tray is empty',
    })
    expect(caught['stack']).toMatch(/worker-tasks\.ts:\d+/)
  })

  test.each([
    [ActionPhase.ABORTED, 'ActionAbortedError', 'was aborted'],
    [ActionPhase.TIMED_OUT, 'TaskTimeoutError', 'ran out of time'],
    [ActionPhase.FAILED, 'Unknown', 'failed'],
  ])('that end in phase %i without an error throw one', async (phase, code, message) => {
    server.onEnqueue = ({ parent, name }) => {
      server.send({ children: [{ parent, name, phase }] })
      return true
    }
    const { failed } = await server.run('w.waiting')
    expect(failed?.error).toMatchObject({ code, message: expect.stringContaining(message) as string })
  })

  test('are aborted when the call is given up', async () => {
    server.onEnqueue = () => true
    expect(valueOf(await server.run('w.give_up'))).toBe('TimeoutError')
    const aborts = server.frames.flatMap(({ childAborts }) => childAborts)
    expect(aborts).toMatchObject([{ name: server.enqueued[0]?.name, reason: expect.any(String) as string }])
  })

  test('cannot be enqueued by an attempt that has ended', async () => {
    await server.run('w.late')
    await server.run('w.logging')
    await expect.poll(() => server.process.exitCode).toBe(null)
    expect(server.enqueued).toEqual([])
  })
})

describe('lines', () => {
  test('that a task writes are its own, whole and in order', async () => {
    const attempt = server.assign('w.logging')
    await server.ending(attempt)
    const lines = server.logs.get(attempt) ?? []
    expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
      [LogLine_Stream.STDOUT, 'one'],
      [LogLine_Stream.STDERR, 'two'],
      [LogLine_Stream.STDOUT, '{ four: 4 }'],
      [LogLine_Stream.STDERR, 'three'],
      [LogLine_Stream.STDOUT, 'five'],
      [LogLine_Stream.STDOUT, '{"level":"info","message":"six","n":7}'],
    ])
    expect(lines.every(({ atMs }) => atMs > Date.now() - 60_000)).toBe(true)
  })

  test('of attempts that run at the same time do not mix', async () => {
    const attempts = [server.assign('w.logging'), server.assign('w.logging')]
    await Promise.all(attempts.map((attempt) => server.ending(attempt)))
    expect(attempts.map((attempt) => server.lines(attempt).length)).toEqual([6, 6])
  })
})

describe('cancelling', () => {
  test('fires the signal with the reason, and the attempt fails as aborted', async () => {
    const attempt = server.assign('w.endless')
    server.send({ cancels: [{ attempt, reason: 'enough', graceMs: 10_000 }] })
    expect((await server.ending(attempt)).failed?.error).toMatchObject({
      code: 'ActionAbortedError',
      message: 'enough',
    })
  })

  test('fails the calls that the attempt awaits', async () => {
    server.onEnqueue = ({ parent }) => {
      server.send({ cancels: [{ attempt: parent, reason: 'enough', graceMs: 10_000 }] })
      return true
    }
    expect((await server.run('w.waiting')).failed?.error).toMatchObject({ code: 'ActionAbortedError' })
  })

  test('ends an attempt that does not listen, after its grace', async () => {
    const attempt = server.assign('w.stubborn')
    server.send({ cancels: [{ attempt, reason: 'enough', graceMs: 20 }] })
    expect((await server.ending(attempt)).failed?.error).toMatchObject({ code: 'ActionAbortedError' })
  })
})

describe('large values', () => {
  beforeEach(() => restart({ maxInlineBytes: 1000 }))

  test('are stored, and sent as their place', async () => {
    const { completed } = await server.run('w.large', inputsFor('w.large', { size: 5000 }))
    expect(completed?.outputsValue.case).toBe('outputsUri')
    const stored = await readFile(completed?.outputsValue.value as string)
    expect((fromOutputs(fromBinary(OutputsSchema, stored))['o0'] as string).length).toBe(5000)
  })

  test('that are gone are no fault of the task, and no retry finds them', async () => {
    const inputsUri = join(server.directory, 'run', 'gone', 'inputs.pb')
    const inputsValue = { case: 'inputsUri' as const, value: inputsUri }
    const { failed } = await server.run('w.large', undefined, { inputsValue })
    expect(failed?.error).toMatchObject({ code: 'InputsUnreadable', kind: TaskError_Kind.SYSTEM, recoverable: false })
    expect(failed?.error?.message).toContain(inputsUri)
  })

  test('travel to children and back', async () => {
    expect(valueOf(await server.run('w.large_parent'))).toBe(5000)
    const [child] = server.enqueued
    expect(child?.inputsValue).toMatchObject({
      case: 'inputsUri',
      value: join(server.directory, 'run', child?.name ?? '', 'inputs.pb'),
    })
  })
})

test('a server that reads slowly holds back the calls, and loses none', async () => {
  server.pause()
  const ending = server.run('w.wide', inputsFor('w.wide', { width: 300, size: 100_000 }))
  await expect.poll(() => server.process.exitCode).toBe(null)
  server.resume()
  expect(valueOf(await ending)).toBe(30_000_000)
  expect(server.frames.filter(({ enqueues }) => enqueues.length > 0).length).toBeGreaterThan(2)
})

describe('the end of a worker', () => {
  test('comes after its attempts, when it is drained', async () => {
    const attempt = server.assign('w.context')
    server.send({ drain: {} })
    expect((await server.ending(attempt)).completed).toBeDefined()
    expect((await server.exit).code).toBe(0)
  })

  test('comes at once when the stream ends', async () => {
    server.assign('w.stubborn')
    await server.run('w.context')
    await server.stop()
    expect((await server.exit).code).toBe(0)
  })

  test('is not brought about by the environment of what tasks start', async () => {
    await restart({ env: { TERN_WORKER_CAPACITY: '7' } })
    await server.run('w.context')
    expect(server.frames[0]?.hello?.capacity).toBe(7)
  })
})
