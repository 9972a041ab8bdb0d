import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { NotFoundError, systemClock, UnavailableError } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { Resources_ResourceName, ReusePolicy_Scope, type ReusePolicySchema, Secret_MountType } from '@tern/idl/core'
import { TaskSpecSchema } from '@tern/idl/task'
import { LogChunkSchema } from '@tern/idl/worker'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TernEngine } from '../../engine/engine.ts'
import type { SpecRecord } from '../../engine/model.ts'
import { aRun, runKey } from '../../engine/test/fixtures.ts'
import { RecoveryRepository } from '../../store/recovery-repository.ts'
import type { ActionRecord } from '../../store/engine-store.ts'
import { toSpecRecord } from '../../store/specs.ts'
import { storedRows } from '../../store/test/stored-rows.ts'
import type { ChildResolver } from '../executor.ts'
import { aSecretSource } from '../test/secret-source.ts'
import { type FreshDatabase, testDatabase } from '../../store/test/test-databases.ts'
import { LocalWorkerExecutor, type LocalWorkerOptions } from './local-worker-executor.ts'

const rawWorker = fileURLToPath(new URL('./test/raw-worker.ts', import.meta.url))
const logger = pino({ level: 'silent' })
const keptSecrets: Record<string, string> = { 'api-key': 'for all', token: 'of the token' }
const testSecrets = aSecretSource(keptSecrets)

let secretsDir: string
let database: FreshDatabase
let tern: Awaited<ReturnType<typeof open>>

beforeEach(async () => {
  secretsDir = mkdtempSync(join(tmpdir(), 'tern-worker-secrets-'))
  database = await testDatabase.fresh()
  tern = await open()
  await tern.engine.start()
})
afterEach(async () => {
  await close()
  await database.remove()
  rmSync(secretsDir, { recursive: true })
})

async function close(): Promise<void> {
  await tern.engine.stop()
  await tern.store.close()
}

const noneDeployed: ChildResolver = {
  resolve: (_run, { name }) => Promise.reject(new NotFoundError(`task ${name} is not deployed`)),
}

async function open(options: Partial<LocalWorkerOptions> = {}, random = Math.random) {
  const store = await database.open()
  let executor: LocalWorkerExecutor | undefined
  const engine = new TernEngine({
    store: store.engine,
    clock: systemClock,
    random,
    outputsExist: async () => true,
    recovery: new RecoveryRepository(store.queries),
    logger,
    onFatal: (error) => {
      throw error
    },
    executors: (host) => {
      executor = new LocalWorkerExecutor(host, {
        org: 'tern',
        serverVersion: '0',
        secrets: testSecrets,
        secretsDir,
        deployed: noneDeployed,
        clock: systemClock,
        logger,
        ...options,
      })
      return [executor]
    },
  })
  return { store, engine, executor: executor! }
}

interface TaskOptions {
  readonly bundle?: string
  /** Keys of the secrets that it declares. */
  readonly secrets?: ReadonlyArray<string>
  readonly mountRequirement?: Secret_MountType
  readonly reuse?: MessageInitShape<typeof ReusePolicySchema>
  readonly memory?: string
  readonly cpu?: string
}

function aTask(behaviour: string, env: Readonly<Record<string, string>> = {}, options: TaskOptions = {}): SpecRecord {
  const { bundle = rawWorker, secrets = [], mountRequirement = Secret_MountType.ENV_VAR, reuse } = options
  const { CPU, MEMORY } = Resources_ResourceName
  const asked = [
    { name: CPU, value: options.cpu ?? '' },
    { name: MEMORY, value: options.memory ?? '' },
  ]
  const requests = asked.filter(({ value }) => value !== '')
  const variables = Object.entries({ NODE_OPTIONS: '-C @tern/source', ...env }).map(([key, value]) => ({ key, value }))
  const value = create(TaskSpecSchema, {
    taskTemplate: {
      type: 'typescript',
      id: { name: `raw.${behaviour}` },
      metadata: { codeBundleUri: bundle },
      target: { case: 'container', value: { env: variables, resources: { requests } } },
      securityContext: { secrets: secrets.map((key) => ({ key, mountRequirement })) },
      ...(reuse && { reusePolicy: reuse }),
    },
  })
  return toSpecRecord({ case: 'task', value })
}

/** Runs a task to its end and returns its row. */
async function run(spec: SpecRecord, input = '', name = 'r1'): Promise<ActionRecord> {
  const inputs = { bytes: new TextEncoder().encode(input) }
  const { runId } = await tern.engine.createRun(aRun({ key: { ...runKey, run: name }, spec, inputs }))
  return ended(runId)
}

function ended(runId: number): Promise<ActionRecord> {
  return new Promise((resolve) => {
    const look = async (): Promise<void> => {
      const root = await tern.store.engine.findAction(runId, 'a0')
      if (root === undefined || root.state.endedAt === null) return
      unsubscribe()
      resolve(root)
    }
    const unsubscribe = tern.engine.changes.subscribe(runId, ({ seq }) => void (seq === 0 && look()))
    void look()
  })
}

const outputOf = (action: ActionRecord): string => new TextDecoder().decode(action.outputs ?? new Uint8Array())

describe('a worker', () => {
  test('runs an attempt and all the children that it enqueues', async () => {
    const root = await run(aTask('fanout'), '300')
    expect(outputOf(root)).toBe('300')
    expect(await storedRows.actionsIn(tern.store.queries, ActionPhase.SUCCEEDED)).toBe(301)
  })

  test('stays warm for the next attempt', async () => {
    const [first, second] = [await run(aTask('pid'), '', 'r1'), await run(aTask('pid'), '', 'r2')]
    expect(outputOf(second)).toBe(outputOf(first))
  })

  test('is another one where the environment differs', async () => {
    const [first, second] = [await run(aTask('pid'), '', 'r1'), await run(aTask('pid', { COLOUR: 'red' }), '', 'r2')]
    expect(outputOf(second)).not.toBe(outputOf(first))
  })

  test('does not see the environment of the server', async () => {
    process.env['TERN_TEST_SECRET'] = 'hidden'
    const seen = JSON.parse(outputOf(await run(aTask('env', { COLOUR: 'red' }))))
    delete process.env['TERN_TEST_SECRET']
    expect(seen).toMatchObject({ COLOUR: 'red', PATH: process.env['PATH'] })
    expect(seen).not.toHaveProperty('TERN_TEST_SECRET')
  })

  test('that fails an attempt says why', async () => {
    const { state } = await run(aTask('fail'))
    expect(state).toMatchObject({
      phase: ActionPhase.FAILED,
      failure: { code: 'Error', message: 'Error: as asked', kind: 'user' },
    })
  })

  test('has its lines kept, in order', async () => {
    const root = await run(aTask('log'))
    const stored = await storedRows.logChunks(tern.store.queries, root.runId)
    const chunks = stored.map((bytes) => fromBinary(LogChunkSchema, bytes))
    expect(chunks.flatMap(({ lines }) => lines).map(({ text }) => text)).toEqual(['one', 'two'])
  })
})

describe('a worker that dies', () => {
  test('costs its attempts one system failure, which says what it said last', async () => {
    const root = await run(aTask('crashOnce'))
    expect(outputOf(root)).toBe('survived')
    expect(root.state).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempt: 2, systemFailures: 1 })
    const [first] = await storedRows.replacedAttempts(tern.store.queries)
    expect(first?.phase).toBe(ActionPhase.FAILED)
    expect(new TextDecoder().decode(first?.error ?? new Uint8Array())).toContain('about to crash')
  })

  test('is replaced when it is killed in the middle of a fan-out, which still comes to its end', async () => {
    const finished = run(aTask('fanout'), '2000')
    await new Promise<void>((resolve) => {
      let seen = 0
      const unsubscribe = tern.engine.changes.subscribe('all', () => {
        if (++seen < 1000) return
        unsubscribe()
        resolve()
      })
    })
    for (const pid of tern.executor.pids) process.kill(pid, 'SIGKILL')
    expect(outputOf(await finished)).toBe('2000')
    expect((await finished).state).toMatchObject({ attempt: 2, systemFailures: 1 })
  })

  // Ten workers are started, one after the other.
  test('again and again fails what ends it, and nothing that was beside it', async () => {
    await close()
    // Nothing backs off: what fails together comes back together.
    tern = await open({ maxWorkersPerPool: 2 }, () => 0)
    await tern.engine.start()
    const beside = Array.from({ length: 3 }, (_, i) => run(aTask('doze'), '', `d${i}`))
    const { state } = await run(aTask('poison'), '', 'p')
    expect(state).toMatchObject({ phase: ActionPhase.FAILED, attempt: 4, failure: { code: 'WorkerLost' } })
    expect((await Promise.all(beside)).map(outputOf)).toEqual(beside.map(() => 'rested'))
  })

  test('before it is ready fails its attempts in the end, with the reason', async () => {
    const { state } = await run(aTask('leaf', { REFUSE_TO_START: '1' }))
    expect(state).toMatchObject({ phase: ActionPhase.FAILED, failure: { code: 'WorkerStartFailed' } })
    expect(state.failure?.message).toContain('this worker cannot start')
  })
})

test('a task whose bundle is gone fails with a message that names it', async () => {
  const { state } = await run(aTask('leaf', {}, { bundle: '/nowhere/gone.mjs' }))
  expect(state).toMatchObject({ phase: ActionPhase.FAILED, failure: { code: 'CodeBundleError' } })
  expect(state.failure?.message).toContain('gone.mjs')
})

test('attempts that compute are spread over several workers', async () => {
  await close()
  tern = await open({ maxWorkersPerPool: 2 })
  await tern.engine.start()
  const folder = mkdtempSync(join(tmpdir(), 'tern-meet-'))
  const runs = Array.from({ length: 24 }, (_, i) => run(aTask('meet'), folder, `r${i}`))
  const pids = new Set((await Promise.all(runs)).map(outputOf))
  rmSync(folder, { recursive: true })
  expect(pids.size).toBe(2)
})

describe('an environment that is reused', () => {
  test('has as many workers as it says, whatever others have', async () => {
    await close()
    tern = await open({ maxWorkersPerPool: 1 })
    await tern.engine.start()
    const folder = mkdtempSync(join(tmpdir(), 'tern-meet-'))
    const task = aTask('meet', {}, { reuse: { minReplicas: 2, maxReplicas: 2, concurrency: 1 } })
    const runs = Array.from({ length: 4 }, (_, i) => run(task, folder, `r${i}`))
    const pids = new Set((await Promise.all(runs)).map(outputOf))
    rmSync(folder, { recursive: true })
    expect(pids.size).toBe(2)
  })

  test.each([
    [ReusePolicy_Scope.GLOBAL, 1],
    [ReusePolicy_Scope.RUN, 2],
  ])('with scope %i has, for two runs, workers of the number %i', async (scope, count) => {
    const task = aTask('pid', {}, { reuse: { maxReplicas: 1, concurrency: 1, scope } })
    const pids = [outputOf(await run(task, '', 'r1')), outputOf(await run(task, '', 'r2'))]
    expect(new Set(pids).size).toBe(count)
  })

  test('has its fewest workers from the first attempt on, and again when one of them is gone', async () => {
    const task = aTask('pid', {}, { reuse: { minReplicas: 2, maxReplicas: 3, concurrency: 1 } })
    const first = Number(outputOf(await run(task)))
    await expect.poll(() => tern.executor.pids.length).toBe(2)
    process.kill(first, 'SIGKILL')
    await expect.poll(() => tern.executor.pids.filter((pid) => pid !== first).length).toBe(2)
  })

  test('is reduced to the fewest first, and goes when it has had nothing to do for longer', async () => {
    const ttl = { idleTtl: { seconds: 3n }, scaledownTtl: { nanos: 50_000_000 } }
    const task = aTask('meet', {}, { reuse: { minReplicas: 1, maxReplicas: 2, concurrency: 1, ...ttl } })
    await inFolder((folder) => Promise.all(['r1', 'r2'].map((name) => run(task, folder, name))))
    await expect.poll(() => tern.executor.pids.length, { interval: 10 }).toBe(1)
    await expect.poll(() => tern.executor.pids.length, { timeout: 20_000 }).toBe(0)
  })

  test('shares none with a task that is taken out of it', async () => {
    const inside = outputOf(await run(aTask('pid', {}, { reuse: { maxReplicas: 1, concurrency: 1 } }), '', 'r1'))
    expect(outputOf(await run(aTask('pid'), '', 'r2'))).not.toBe(inside)
  })
})

describe('memory', () => {
  test.runIf(process.platform === 'linux')('is limited: who uses more than it asked for is killed', async () => {
    const { state } = await run(aTask('grow', {}, { memory: '150Mi' }), '400')
    expect(state).toMatchObject({ phase: ActionPhase.FAILED, attempt: 1, failure: { code: 'OOMKilled', kind: 'user' } })
    expect(state.failure?.message).toMatch(/: it used \d+ MiB of memory, and may use 150 MiB\. Give it more/)
  })

  test('is limited in the heap, too', async () => {
    const { state } = await run(aTask('fillHeap', {}, { memory: '200Mi' }))
    expect(state).toMatchObject({ phase: ActionPhase.FAILED, attempt: 1, failure: { code: 'OOMKilled', kind: 'user' } })
    expect(state.failure?.message).toContain('may use 200 MiB')
  })

  test.runIf(process.platform === 'linux')(
    'of a process with several attempts costs each a system failure',
    async () => {
      await close()
      tern = await open({}, () => 0)
      await tern.engine.start()
      const task = aTask('growTogether', {}, { memory: '200Mi', reuse: { maxReplicas: 1, concurrency: 2 } })
      const [first, second] = await inFolder((folder) =>
        Promise.all(['r1', 'r2'].map((name) => run(task, folder, name))),
      )
      for (const root of [first!, second!]) {
        expect([outputOf(root), root.state]).toMatchObject(['survived', { attempt: 2, systemFailures: 1 }])
      }
    },
  )

  test.each([
    ['memory', { memory: '200Mi' }, 2],
    ['a processor', { cpu: '1' }, 2],
    ['half a processor', { cpu: '500m' }, 1],
  ])('and processors: two tasks that ask for %s have processes: %j: %i', async (_, options, count) => {
    const task = aTask('mingle', {}, options)
    const roots = await inFolder((folder) => Promise.all(['r1', 'r2'].map((name) => run(task, folder, name))))
    expect(new Set(roots.map(outputOf)).size).toBe(count)
  })
})

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tern-worker-'))
  try {
    return await body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a worker with nothing to do leaves, and another one comes when there is work', async () => {
  await close()
  tern = await open({ idleMs: 50 })
  await tern.engine.start()
  const first = outputOf(await run(aTask('pid'), '', 'r1'))
  await expect.poll(() => tern.executor.pids.length, { timeout: 20_000 }).toBe(0)
  expect(outputOf(await run(aTask('pid'), '', 'r2'))).not.toBe(first)
})

test.each([
  ['the database', new Error('it does not answer')],
  ['the storage', new UnavailableError('it does not answer')],
])('a deployed task that %s keeps from being looked up costs its parent an attempt of the system', async (_, fault) => {
  let lookUps = 0
  const deployed: ChildResolver = {
    async resolve(_run, _task, inputs) {
      lookUps += 1
      if (lookUps === 1) throw fault
      return { spec: aTask('leaf'), inputs, cacheKey: '' }
    },
  }
  await close()
  tern = await open({ deployed, maxWorkersPerPool: 2 })
  await tern.engine.start()
  const root = await run(aTask('deployed'), 'x')
  expect(root.state).toMatchObject({ phase: ActionPhase.SUCCEEDED, userFailures: 0, systemFailures: 1 })
  expect([outputOf(root), lookUps]).toEqual(['outputs', 2])
})

test('a deployed task that is not there is told to its parent', async () => {
  expect(outputOf(await run(aTask('deployed'), 'x'))).toBe('no outputs')
})

describe('an aborted attempt that never stops', () => {
  /** Aborts it once it runs. */
  async function abortHanging(graceMs: number): Promise<void> {
    await close()
    tern = await open({ graceMs })
    await tern.engine.start()
    const { runId } = await tern.engine.createRun(aRun({ spec: aTask('hang') }))
    await expect
      .poll(async () => (await tern.store.engine.findAction(runId, 'a0'))?.state.phase)
      .toBe(ActionPhase.RUNNING)
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    expect((await ended(runId)).state).toMatchObject({ phase: ActionPhase.ABORTED, abortReason: 'enough' })
  }

  test('gives its place away, and its log ends', async () => {
    await abortHanging(20)
    expect(outputOf(await run(aTask('leaf'), 'next', 'r2'))).toBe('next')
    await expect.poll(() => tern.engine.stoppingAttempts).toBe(0)
  })

  test('ends with its worker', async () => {
    await abortHanging(600_000)
    expect(tern.engine.stoppingAttempts).toBe(1)
    for (const pid of tern.executor.pids) process.kill(pid, 'SIGKILL')
    await expect.poll(() => tern.engine.stoppingAttempts).toBe(0)
  })
})

describe('secrets', () => {
  const envOf = async (secrets: ReadonlyArray<string>, name: string): Promise<Record<string, string>> =>
    JSON.parse(outputOf(await run(aTask('env', {}, { secrets }), '', name)))

  test('are in the environment of the tasks that declare them, and of no other', async () => {
    const [none, key, token, both] = await Promise.all([
      envOf([], 'r1'),
      envOf(['api-key'], 'r2'),
      envOf(['token'], 'r3'),
      envOf(['api-key', 'token'], 'r4'),
    ])
    expect([none['API_KEY'], none['TOKEN']]).toEqual([undefined, undefined])
    expect([key['API_KEY'], key['TOKEN']]).toEqual(['for all', undefined])
    expect([token['API_KEY'], token['TOKEN']]).toEqual([undefined, 'of the token'])
    expect([both['API_KEY'], both['TOKEN']]).toEqual(['for all', 'of the token'])
    expect(tern.executor.pids).toHaveLength(4)
  })

  test('are those of now, and a worker that has them is kept warm', async () => {
    const pid = (name: string) => run(aTask('pid', {}, { secrets: ['token'] }), '', name).then(outputOf)
    const first = await pid('r1')
    expect(await pid('r2')).toBe(first)
    keptSecrets['token'] = 'changed'
    expect(await pid('r3')).not.toBe(first)
    expect((await envOf(['token'], 'r4'))['TOKEN']).toBe('changed')
    keptSecrets['token'] = 'of the token'
  })

  test('that are missing keep the code from starting', async () => {
    const { state } = await run(aTask('env', {}, { secrets: ['token', 'none'] }))
    expect(state).toMatchObject({ phase: ActionPhase.FAILED, failure: { code: 'SecretNotFound', kind: 'user' } })
    expect(state.failure?.message).toContain('tern create secret none --project')
    expect(tern.executor.pids).toEqual([])
  })

  test('are files, of those processes alone, as long as those are there', async () => {
    await close()
    tern = await open({ idleMs: 50 })
    await tern.engine.start()
    const options = { secrets: ['token'], mountRequirement: Secret_MountType.FILE }
    const pidAndFile = async (name: string) =>
      JSON.parse(outputOf(await run(aTask('secretFile', {}, options), '', name)))
    const first = await pidAndFile('r1')
    expect(first).toMatchObject({ value: 'of the token', mode: '600' })
    expect(first.path.startsWith(secretsDir)).toBe(true)
    keptSecrets['token'] = 'changed'
    expect(await pidAndFile('r2')).toMatchObject({ value: 'changed' })
    keptSecrets['token'] = 'of the token'
    await expect.poll(() => tern.executor.pids).toEqual([])
    expect(existsSync(first.path)).toBe(false)
  })

  test('do not keep an attempt alive that was aborted while they were looked up', async () => {
    await close()
    const lookup = Promise.withResolvers<ReadonlyMap<string, Uint8Array>>()
    tern = await open({ secrets: { values: () => lookup.promise } })
    await tern.engine.start()
    const { runId } = await tern.engine.createRun(aRun({ spec: aTask('pid', {}, { secrets: ['token'] }) }))
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    expect((await ended(runId)).state.phase).toBe(ActionPhase.ABORTED)
    lookup.resolve(new Map([['token', new Uint8Array([65])]]))
    await lookup.promise
    expect(outputOf(await run(aTask('leaf'), 'next', 'r2'))).toBe('next')
    expect(tern.executor.pids).toHaveLength(1)
  })
})
