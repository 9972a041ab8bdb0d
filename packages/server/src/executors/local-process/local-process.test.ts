import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { literalTypes, systemClock, toErrorDocument, typedInterface } from '@tern/core'
import { createStorage } from '@tern/core/storage'
import { ActionPhase } from '@tern/idl/common'
import { ErrorDocumentSchema, Secret_MountType, type SecretSchema } from '@tern/idl/core'
import { TaskSpecSchema } from '@tern/idl/task'
import { LogChunkSchema } from '@tern/idl/worker'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TernEngine } from '../../engine/engine.ts'
import type { SpecRecord } from '../../engine/model.ts'
import { Interpreters } from '../../images/interpreters.ts'
import { aRun, runKey } from '../../engine/test/fixtures.ts'
import type { ActionRecord } from '../../store/engine-store.ts'
import { RecoveryRepository } from '../../store/recovery-repository.ts'
import { toSpecRecord } from '../../store/specs.ts'
import { openSqliteStore } from '../../store/sqlite/open-store.ts'
import { storedRows } from '../../store/test/stored-rows.ts'
import { aSecretSource } from '../test/secret-source.ts'
import { LocalProcessExecutor, type LocalProcessOptions } from './local-process-executor.ts'
import { findProcess, hasVariable, listProcesses } from './process-table.ts'

const logger = pino({ level: 'silent' })
const testSecrets = aSecretSource({ 'api-key': 'for all', token: 'of the token' })

let folder: string
let tern: ReturnType<typeof open>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-process-'))
  tern = open()
  await tern.engine.start()
})
afterEach(async () => {
  await close()
  rmSync(folder, { recursive: true })
})

async function close(): Promise<void> {
  await tern.engine.stop()
  await tern.store.close()
}

function open(options: Partial<LocalProcessOptions> = {}) {
  const store = openSqliteStore(folder)
  const storage = createStorage(join(folder, 'storage'))
  const engine = new TernEngine({
    store: store.engine,
    clock: systemClock,
    outputsExist: (uri) => storage.exists(uri),
    recovery: new RecoveryRepository(store.queries),
    logger,
    onFatal: (error) => {
      throw error
    },
    executors: (host) => [
      new LocalProcessExecutor(host, {
        org: 'tern',
        storage,
        workDir: join(folder, 'work'),
        interpreters: new Interpreters({ logger }),
        endpoint: () => 'localhost:1',
        secrets: testSecrets,
        clock: systemClock,
        logger,
        ...options,
      }),
    ],
  })
  return { store, engine }
}

interface ShellOptions {
  readonly hasOutputs?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly secrets?: MessageInitShape<typeof SecretSchema>[]
}

/** A task that runs a shell script, with the placeholders as its arguments. */
function aScript(script: string, { hasOutputs = false, env = {}, secrets = [] }: ShellOptions = {}): SpecRecord {
  const value = create(TaskSpecSchema, {
    taskTemplate: {
      type: 'raw-container',
      id: { name: 'env.script' },
      securityContext: { secrets },
      interface: typedInterface({ outputs: hasOutputs ? { o0: literalTypes.string() } : {} }),
      target: {
        case: 'container',
        value: {
          command: ['sh', '-c'],
          args: [script, '{{.input}}', '{{.outputPrefix}}', '{{.checkpointOutputPrefix}}', '{{.prevCheckpointPrefix}}'],
          env: Object.entries(env).map(([key, value]) => ({ key, value })),
        },
      },
    },
  })
  return toSpecRecord({ case: 'task', value })
}

async function run(spec: SpecRecord, name = 'r1'): Promise<ActionRecord> {
  const runBase = join(folder, 'storage', name)
  const inputs = { bytes: new TextEncoder().encode('the inputs') }
  const { runId } = await tern.engine.createRun(aRun({ key: { ...runKey, run: name }, spec, inputs, runBase }))
  await expect
    .poll(async () => (await tern.store.engine.findAction(runId, 'a0'))?.state.endedAt, { timeout: 20_000 })
    .not.toBe(null)
  return (await tern.store.engine.findAction(runId, 'a0'))!
}

async function linesOf(action: ActionRecord): Promise<ReadonlyArray<string>> {
  const stored = await storedRows.logChunks(tern.store.queries, action.runId)
  return stored.flatMap((bytes) => fromBinary(LogChunkSchema, bytes).lines.map(({ text }) => text))
}

test('a process finds its inputs, leaves its outputs, and has its lines kept', async () => {
  const action = await run(
    aScript('cat "$0"; echo; echo "$RUN_NAME $ACTION_NAME"; cp "$0" "$1/outputs.pb"', { hasOutputs: true }),
  )
  expect(action.state.phase).toBe(ActionPhase.SUCCEEDED)
  expect(await linesOf(action)).toEqual(['the inputs', 'r1 a0'])
  expect(readFileSync(`${action.outputsUri}/outputs.pb`, 'utf8')).toBe('the inputs')
})

test('an error left behind is the verdict, whatever the exit code', async () => {
  const failure = { code: 'ValueError', message: 'no', kind: 'user', recoverable: false } as const
  const document = Buffer.from(toBinary(ErrorDocumentSchema, toErrorDocument(failure))).toString('base64')
  const action = await run(aScript(`echo ${document} | base64 -d > "$1/error.pb"`, { hasOutputs: true }))
  expect(action.state).toMatchObject({ phase: ActionPhase.FAILED, failure })
})

test.each([
  ['kill -9 $$', 'Interrupted', /SIGKILL/],
  ['true', 'OutputsMissing', /wrote no outputs/],
])('without one, "%s" is a failure of the system', async (script, code, message) => {
  const { state } = await run(aScript(script, { hasOutputs: true }))
  expect(state).toMatchObject({ phase: ActionPhase.FAILED, systemFailures: 3, failure: { code, kind: 'system' } })
  expect(state.failure?.message).toMatch(message)
})

test('a command that is not there fails with its name', async () => {
  const value = create(TaskSpecSchema, {
    taskTemplate: { type: 'raw-container', target: { case: 'container', value: { command: ['no-such-command'] } } },
  })
  const { state } = await run(toSpecRecord({ case: 'task', value }))
  expect(state).toMatchObject({ failure: { code: 'SpawnFailed', message: expect.stringContaining('no-such-command') } })
  // It would not be there at the next attempt either.
  expect(state).toMatchObject({ attempt: 1, systemFailures: 0 })
})

test('a process that cannot be noted does not run on', async () => {
  mkdirSync(join(folder, 'work'))
  writeFileSync(join(folder, 'work/.processes'), 'no folder')
  const { state } = await run(aScript('sleep 600'))
  expect(state).toMatchObject({ phase: ActionPhase.FAILED, failure: { code: 'SpawnFailed' } })
  const left = () => listProcesses().filter(({ pid }) => hasVariable(pid, '_U_RUN_BASE', join(folder, 'storage', 'r1')))
  await expect.poll(left).toEqual([])
})

test("the task's variables are there, the server's are not", async () => {
  process.env['TERN_TEST_SECRET'] = 'hidden'
  const action = await run(aScript('echo "[$COLOUR] [$TERN_TEST_SECRET] $_U_EP_OVERRIDE"', { env: { COLOUR: 'red' } }))
  delete process.env['TERN_TEST_SECRET']
  expect(await linesOf(action)).toEqual(['[red] [] localhost:1'])
})

test('an abort ends the process and what it has started', async () => {
  const script = 'sleep 600 & echo $!; wait'
  const { runId } = await tern.engine.createRun(aRun({ spec: aScript(script), runBase: join(folder, 'storage', 'r1') }))
  const action = async () => (await tern.store.engine.findAction(runId, 'a0'))!
  await expect.poll(async () => (await linesOf(await action())).length).toBe(1)
  const [child] = await linesOf(await action())
  await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
  expect((await action()).state.phase).toBe(ActionPhase.ABORTED)
  await expect.poll(() => isAlive(Number(child))).toBe(false)
})

test('what a process writes while it cleans up is in its log', async () => {
  const script =
    'exec 2> /dev/null; trap "echo stops; sleep 0.2; echo has stopped; exit 1" TERM; echo works; while :; do sleep 0.05; done'
  const { runId } = await tern.engine.createRun(aRun({ spec: aScript(script), runBase: join(folder, 'storage', 'r1') }))
  const action = async () => (await tern.store.engine.findAction(runId, 'a0'))!
  await expect.poll(async () => linesOf(await action())).toEqual(['works'])
  await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
  await expect.poll(() => tern.engine.stoppingAttempts).toBe(0)
  expect(await linesOf(await action())).toEqual(['works', 'stops', 'has stopped'])
  expect((await action()).state).toMatchObject({ phase: ActionPhase.ABORTED, failure: null })
})

describe('what a process has started', () => {
  /** Starts a script, which prints the pids of what it has started, and aborts it then. */
  async function aborted(script: string, pids: number): Promise<number[]> {
    const runBase = join(folder, 'storage', 'r1')
    const { runId } = await tern.engine.createRun(aRun({ spec: aScript(script), runBase }))
    const lines = async () => linesOf((await tern.store.engine.findAction(runId, 'a0'))!)
    await expect.poll(async () => (await lines()).length).toBe(pids)
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    return (await lines()).map(Number)
  }

  test('is made to end with it when none of it listens, down to the last', async () => {
    await close()
    tern = open({ graceMs: 200 })
    await tern.engine.start()
    const deaf = `trap "" TERM; echo $$`
    const nested = `sh -c '${deaf}; sh -c "echo \\$\\$; while :; do sleep 1; done" & while :; do sleep 1; done' &`
    const pids = await aborted(`${deaf}; ${nested} while :; do sleep 1; done`, 3)
    expect(new Set(pids).size).toBe(3)
    for (const pid of pids) await expect.poll(() => isAlive(pid)).toBe(false)
  })

  test('has as long to clean up as it has, although it ends first', async () => {
    const cleaned = join(folder, 'cleaned')
    const cleaner = `cleaned='${cleaned}' sh -c 'trap "sleep 0.3; touch \\"$cleaned\\"; exit" TERM; echo $$; exec > /dev/null 2>&1; while :; do sleep 0.1; done' > pipe &`
    // The cleaner holds no output open, and its parent dies of the signal.
    const [pid] = await aborted(`mkfifo pipe; ${cleaner} head -n 1 pipe; exec sleep 600`, 1)
    await expect.poll(() => existsSync(cleaned)).toBe(true)
    await expect.poll(() => isAlive(pid!)).toBe(false)
  })
})

test('a process that ends takes along what it left running', async () => {
  const action = await run(aScript('sleep 600 & echo $!'))
  expect(action.state.phase).toBe(ActionPhase.SUCCEEDED)
  const [child] = await linesOf(action)
  await expect.poll(() => isAlive(Number(child))).toBe(false)
})

test('another attempt waits for what an earlier server left running of the action', async () => {
  const busy = join(folder, 'busy')
  const left = spawn(
    'sh',
    ['-c', `trap 'sleep 0.2; rmdir "$0"; exit' TERM; mkdir "$0"; echo; sleep 600 & wait`, busy],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  await once(createInterface({ input: left.stdout }), 'line')
  await close()
  const records = join(folder, 'work/.processes')
  mkdirSync(records, { recursive: true })
  const record = { pid: left.pid, start: findProcess(left.pid!)?.start, server: { pid: 0, start: 'gone' } }
  const action = `${runKey.project}/${runKey.domain}/r1/a0`
  writeFileSync(join(records, `${left.pid}.json`), JSON.stringify({ ...record, action, runBase: 'x' }))
  tern = open()
  await tern.engine.start()
  const { state } = await run(aScript(`test ! -e '${busy}' || exit 1`))
  expect(state).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempt: 1 })
  await expect.poll(() => readdirSync(records)).toEqual([])
})

test('an exit code says that the task itself has failed', async () => {
  const { state } = await run(aScript('echo no such row >&2; exit 3'))
  expect(state).toMatchObject({
    phase: ActionPhase.FAILED,
    systemFailures: 0,
    failure: { code: 'NonZeroExit', kind: 'user' },
  })
  expect(state.failure?.message).toMatch(/exit code 3[^]*no such row/)
})

test('an attempt goes on from what was saved last, although the attempt before it saved nothing', async () => {
  const script = 'case "$1" in */2) kill -9 $$;; esac; test -e "$3" && cat "$3" && exit 0; echo half > "$2"; kill -9 $$'
  const action = await run(aScript(script))
  expect(action.state).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempt: 3 })
  expect(await linesOf(action)).toEqual(['half'])
})

test('the working folder of an attempt goes with it', async () => {
  const [path] = await linesOf(await run(aScript('pwd; touch here')))
  await expect.poll(() => existsSync(path!)).toBe(false)
  const runBase = join(folder, 'storage', 'r2')
  const { runId } = await tern.engine.createRun(
    aRun({ key: { ...runKey, run: 'r2' }, spec: aScript('pwd; exec sleep 600'), runBase }),
  )
  const lines = async () => linesOf((await tern.store.engine.findAction(runId, 'a0'))!)
  await expect.poll(async () => (await lines()).length).toBe(1)
  const [left] = await lines()
  expect(existsSync(left!)).toBe(true)
  await close()
  expect(existsSync(left!)).toBe(false)
  tern = open()
  await tern.engine.start()
})

test('it stays as long as the run if what the attempt returned is in it', async () => {
  const action = await run(aScript('touch kept; pwd | tee "$1/outputs.pb"', { hasOutputs: true }))
  const [path] = await linesOf(action)
  await run(aScript('true'), 'r2')
  expect(existsSync(join(path!, 'kept'))).toBe(true)
})

test('no more processes run at once than there are places', async () => {
  await close()
  tern = open({ maxProcesses: 1 })
  await tern.engine.start()
  const script = `mkdir "${folder}/only" || exit 1; sleep 0.05; rmdir "${folder}/only"`
  const runs = await Promise.all(['r1', 'r2', 'r3'].map((name) => run(aScript(script), name)))
  expect(runs.map(({ state }) => state.phase)).toEqual(runs.map(() => ActionPhase.SUCCEEDED))
})

test('a secret is in the variables of the task that declares it, and wins over others', async () => {
  const script = 'echo "[$API_KEY] [$_UNION_API_KEY] [$MY_TOKEN] [$FLYTE_SECRETS_ENV_PREFIX]"'
  const secrets = [{ key: 'api-key' }, { key: 'token', envVar: 'MY_TOKEN' }]
  const declared = await run(aScript(script, { secrets, env: { MY_TOKEN: 'mine' } }))
  expect(await linesOf(declared)).toEqual(['[for all] [for all] [of the token] [_UNION_]'])
  expect(await linesOf(await run(aScript(script), 'r2'))).toEqual(['[] [] [] []'])
})

test('a secret as a file is there for its owner, while the attempt runs', async () => {
  const script =
    'cat "$FLYTE_SECRETS_DEFAULT_DIR/token"; echo; stat -c %a "$WHERE" "$FLYTE_SECRETS_DEFAULT_DIR"; echo "$WHERE"; echo "[$TOKEN]"'
  const secrets = [{ key: 'token', mountRequirement: Secret_MountType.FILE, envVar: 'WHERE' }]
  const [value, mode, folderMode, path, variable] = await linesOf(await run(aScript(script, { secrets })))
  expect([value, mode, folderMode, variable]).toEqual(['of the token', '600', '700', '[]'])
  expect(existsSync(path!)).toBe(false)
})

test('files of secrets go when the attempt fails, and when it is aborted', async () => {
  const secrets = [{ key: 'token', mountRequirement: Secret_MountType.FILE }]
  const failed = await run(aScript('echo "$FLYTE_SECRETS_DEFAULT_DIR"; exit 1', { secrets }))
  for (const path of await linesOf(failed)) expect(existsSync(path)).toBe(false)
  const spec = aScript('echo "$FLYTE_SECRETS_DEFAULT_DIR"; sleep 600', { secrets })
  const key = { ...runKey, run: 'r2' }
  const { runId } = await tern.engine.createRun(aRun({ key, spec, runBase: join(folder, 'storage', 'r2') }))
  const action = async () => (await tern.store.engine.findAction(runId, 'a0'))!
  await expect.poll(async () => (await linesOf(await action())).length).toBe(1)
  const [path] = await linesOf(await action())
  expect(existsSync(path!)).toBe(true)
  await tern.engine.abort({ ...key, action: 'a0' }, 'enough')
  await expect.poll(() => existsSync(path!)).toBe(false)
})

test('a missing secret fails the attempt before its command starts', async () => {
  const { state } = await run(aScript(`touch '${folder}/started'`, { secrets: [{ key: 'none' }, { key: 'token' }] }))
  expect(state).toMatchObject({
    phase: ActionPhase.FAILED,
    failure: { code: 'SecretNotFound', kind: 'user', recoverable: false },
  })
  expect(state.failure?.message).toContain('"none"')
  expect(existsSync(join(folder, 'started'))).toBe(false)
})

test('what a killed server left of secrets is removed by the next one', async () => {
  await close()
  const left = join(folder, 'work', '.secrets', `${hostname()}-999999999`)
  mkdirSync(join(left, '1'), { recursive: true })
  writeFileSync(join(left, '1', 'token'), 'value')
  tern = open()
  await tern.engine.start()
  expect(existsSync(left)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    // A process that has ended but was not waited for yet is no longer alive for anybody.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
