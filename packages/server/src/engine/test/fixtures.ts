import { randomUUID } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { systemClock } from '@tern/core'
import { Resources_ResourceName } from '@tern/idl/core'
import { RunSpecSchema, TaskSpecSchema } from '@tern/idl/task'
import { pino } from 'pino'
import { ResultTurns } from '../../cache-service/result-turns.ts'
import { CacheEntriesRepository } from '../../store/cache-entries-repository.ts'
import type { ActionRecord } from '../../store/engine-store.ts'
import { LogsRepository } from '../../store/logs-repository.ts'
import { LaunchPlanPlaces } from '../../launch-plans/launch-plan-places.ts'
import { LaunchPlanPlacesRepository } from '../../store/launch-plan-places-repository.ts'
import { RecoveryRepository } from '../../store/recovery-repository.ts'
import { RunsRepository } from '../../store/runs-repository.ts'
import { toSpecRecord } from '../../store/specs.ts'
import { type FreshDatabase, testDatabase } from '../../store/test/test-databases.ts'
import { type EngineOptions, TernEngine } from '../engine.ts'
import type { ActionKey, NewRun, SpecRecord } from '../model.ts'
import { ScriptedExecutor } from './scripted-executor.ts'

export const runKey = { project: 'flytesnacks', domain: 'development', run: 'r1' }

export interface SpecOptions {
  readonly retries?: number
  /** Before each retry, in milliseconds. */
  readonly backoffMs?: number
  /** Among the template's config. */
  readonly retryOnTimeout?: string
  readonly serialize?: boolean
  readonly maxRuntimeMs?: number
  readonly maxQueuedMs?: number
  readonly deadlineMs?: number
  readonly cpu?: string
  readonly queue?: string
}

interface EngineSettings
  extends Pick<EngineOptions, 'onCondition' | 'queues' | 'capacity' | 'policy' | 'random' | 'places'> {
  /** Asked before the one that the test plays. */
  readonly before?: EngineOptions['executors']
}

/** A task spec with the given name and policy. */
export function aSpec(name: string, options: SpecOptions = {}): SpecRecord {
  const value = create(TaskSpecSchema, {
    taskTemplate: {
      type: 'typescript',
      config: {
        ...(options.queue !== undefined && { queue: options.queue }),
        ...(options.retryOnTimeout !== undefined && { 'retry-on-timeout': options.retryOnTimeout }),
      },
      ...(options.cpu !== undefined && {
        target: {
          case: 'container',
          value: { resources: { requests: [{ name: Resources_ResourceName.CPU, value: options.cpu }] } },
        },
      }),
      id: { org: 'tern', project: 'p', domain: 'd', name, version: 'v1' },
      metadata: {
        retries: {
          retries: options.retries ?? 0,
          ...(options.backoffMs !== undefined && { backoff: { base: durationFromMs(options.backoffMs), factor: 1 } }),
        },
        cacheSerializable: options.serialize ?? false,
        ...(options.maxRuntimeMs !== undefined && { timeout: durationFromMs(options.maxRuntimeMs) }),
        timeouts: {
          ...(options.maxQueuedMs !== undefined && { queuedTimeout: durationFromMs(options.maxQueuedMs) }),
          ...(options.deadlineMs !== undefined && { deadline: durationFromMs(options.deadlineMs) }),
        },
      },
    },
  })
  return toSpecRecord({ case: 'task', value })
}

export function aRun(overrides: Partial<NewRun> = {}): NewRun {
  return {
    key: runKey,
    source: 2,
    spec: aSpec('env.main'),
    runSpec: toBinary(RunSpecSchema, create(RunSpecSchema)),
    inputs: { bytes: new Uint8Array() },
    cacheKey: '',
    requestDigest: 'request-1',
    runBase: '/tmp/run',
    ...overrides,
  }
}

export interface TestEngine {
  readonly engine: TernEngine
  readonly executor: ScriptedExecutor
  /** Places of runs of launch plans, as the engine takes them. */
  readonly places: LaunchPlanPlaces
  /** The row of an action. */
  stored(action: string, key?: Omit<ActionKey, 'action'>): Promise<ActionRecord | undefined>
  /** The run spec of a run, serialized. */
  runSpec(run: string): Promise<Uint8Array>
  /** The log of an action's first attempt, or of another one: serialized tern.worker.v1.LogChunks. */
  logs(action: string, key?: Omit<ActionKey, 'action'>, attempt?: number): Promise<ReadonlyArray<Uint8Array>>
  /** Stops as if the process had been killed, and starts on the same data, perhaps with other settings. */
  restart(changes?: EngineSettings): Promise<TestEngine>
  close(): Promise<void>
}

/** A real engine on a real database, with an executor that the test plays. */
export async function startEngine(database?: FreshDatabase, settings: EngineSettings = {}): Promise<TestEngine> {
  const { before, ...options } = settings
  const fresh = database ?? (await testDatabase.fresh())
  const store = await fresh.open()
  let executor: ScriptedExecutor | undefined
  const turns = new ResultTurns({
    repository: new CacheEntriesRepository(store.queries),
    owner: randomUUID(),
    clock: systemClock,
    logger: pino({ level: 'silent' }),
  })
  const places = new LaunchPlanPlaces({
    repository: new LaunchPlanPlacesRepository(store.queries),
    clock: systemClock,
    server: store.servers?.id,
  })
  const engine = new TernEngine({
    turns: store.servers && turns,
    store: store.engine,
    clock: systemClock,
    recovery: new RecoveryRepository(store.queries),
    places,
    outputsExist: async (uri) => !uri.includes('gone'),
    filesExist: async (outputs) => !Buffer.from(outputs).includes('gone'),
    logger: pino({ level: 'silent' }),
    onFatal: (error) => {
      throw error
    },
    executors: (host) => {
      executor = new ScriptedExecutor(host)
      return [...(before?.(host) ?? []), executor]
    },
    ...options,
  })
  await engine.start()
  return {
    engine,
    executor: executor!,
    places,
    async stored(action, key = runKey) {
      const run = await store.engine.findRun(key.project, key.domain, key.run)
      return run && (await store.engine.findAction(run.id, action))
    },
    async runSpec(name) {
      return (await new RunsRepository(store.queries).find({ ...runKey, run: name }))!.runSpec
    },
    async logs(action, key = runKey, attempt = 1) {
      const run = await store.engine.findRun(key.project, key.domain, key.run)
      const { runId, seq } = (await store.engine.findAction(run!.id, action))!
      const chunks = await new LogsRepository(store.queries).chunksAfter({ runId, seq, attempt }, -1, 1000)
      return chunks.map(({ lines }) => lines)
    },
    async restart(changes) {
      await engine.stop()
      await turns.stop()
      await store.close()
      return startEngine(fresh, { ...settings, ...changes })
    },
    async close() {
      await engine.stop()
      await turns.stop()
      await store.close()
      await fresh.remove()
    },
  }
}
