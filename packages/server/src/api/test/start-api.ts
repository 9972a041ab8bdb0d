import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tern/core'
import { createStorage, type Storage } from '@tern/core/storage'
import { type Logger, pino } from 'pino'
import { type EngineOptions, TernEngine } from '../../engine/engine.ts'
import type { Executor, ExecutorHost } from '../../executors/executor.ts'
import { ScriptedExecutor } from '../../engine/test/scripted-executor.ts'
import { createImages } from '../../images/create-images.ts'
import { LaunchPlanPlaces } from '../../launch-plans/launch-plan-places.ts'
import { RecoveryRepository } from '../../store/recovery-repository.ts'
import { createRepositories, type Repositories } from '../../store/repositories.ts'
import { SecretKey } from '../../secrets/secret-key.ts'
import { SecretVault } from '../../secrets/secret-vault.ts'
import { ServerStatus } from '../../status/server-status.ts'
import { storedRows } from '../../store/test/stored-rows.ts'
import { testDatabase } from '../../store/test/test-databases.ts'
import type { ArtifactWork } from '../artifact-work.ts'
import type { Scheduler } from '../../triggers/scheduler.ts'
import { type ApiConfig, defaultApiConfig } from '../api-parts.ts'
import { type Api, createApi } from '../create-api.ts'
import { Listener } from '../transport/listener.ts'

export interface TestApi {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly engine: TernEngine
  /** Plays the workers: nothing runs unless the test says how it ends. */
  readonly executor: ScriptedExecutor
  readonly storage: Storage
  readonly repositories: Repositories
  /** Opens secrets, as executors do. */
  readonly vault: SecretVault
  /** Not started: a test that wants schedules to fire starts it. */
  readonly scheduler: Scheduler
  /** Not started either. */
  readonly artifactWork: ArtifactWork
  /** For executors of launch plan tasks. */
  readonly planNodes: Api['planNodes']
  /** The API of another server on the same database, which nobody listens to. */
  another(): Api
  /** Takes a table away from under the server, so that what reads it fails. */
  breakTable(table: 'projects'): Promise<void>
  /** Stops serving: streams end, requests finish. */
  stopServing(graceMs?: number): Promise<void>
  close(): Promise<void>
}

export interface TestApiOptions {
  readonly config?: Partial<ApiConfig>
  readonly readiness?: ReadonlyArray<() => Promise<void>>
  readonly logger?: Logger
  readonly clock?: { now(): number }
  readonly queues?: EngineOptions['queues']
  readonly capacity?: EngineOptions['capacity']
  /** Addresses of other servers. */
  readonly others?: ReadonlyArray<string>
  /** Asked before the one that the test plays. */
  readonly executors?: (host: ExecutorHost, storage: Storage) => ReadonlyArray<Executor>
}

/** The API on a free port, over a real engine and a real store. */
export async function startApi(options: TestApiOptions = {}): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'tern-api-'))
  const logger = options.logger ?? pino({ level: 'silent' })
  const clock = options.clock ?? systemClock
  const database = await testDatabase.fresh()
  const store = await database.open()
  let executor: ScriptedExecutor | undefined
  const storage = createStorage(join(folder, 'storage'), { fsync: false })
  const repositories = createRepositories(store.queries)
  const engine = new TernEngine({
    outputsExist: (uri) => storage.exists(uri),
    recovery: new RecoveryRepository(store.queries),
    places: new LaunchPlanPlaces({ repository: repositories.launchPlanPlaces, clock, server: store.servers?.id }),
    store: store.engine,
    clock: systemClock,
    logger,
    queues: options.queues,
    capacity: options.capacity,
    onFatal: (error) => {
      throw error
    },
    executors: (host) => {
      executor = new ScriptedExecutor(host)
      return [...(options.executors?.(host, storage) ?? []), executor]
    },
  })
  await engine.start()
  const vault = new SecretVault({ repository: repositories.secrets, key: new SecretKey(new Uint8Array(32)), clock })
  const config = { ...defaultApiConfig(Buffer.from('a test key')), ...options.config }
  const readiness = options.readiness ?? []
  const { images } = createImages({
    dataDir: folder,
    mappings: [{ image: 'mapped:*', python: 'python3' }],
    repository: repositories.images,
    storage,
    secrets: vault,
    clock,
    logger,
  })
  const status = new ServerStatus({
    engine,
    version: 'test',
    startedAt: clock.now(),
    url: () => '',
    others: () => options.others ?? [],
    keptMs: 20,
  })
  const parts = { engine, repositories, vault, images, storage, status, clock, logger, config, readiness }
  const api = createApi(parts)
  await api.seed()
  const listener = await Listener.start({ host: '127.0.0.1', port: 0, handler: api.handle })
  async function stopServing(graceMs = 1000): Promise<void> {
    api.endStreams()
    await listener.stop(graceMs)
  }
  return {
    url: listener.url,
    host: listener.host,
    port: listener.port,
    engine,
    executor: executor!,
    storage,
    repositories,
    vault,
    scheduler: api.scheduler,
    artifactWork: api.artifactWork,
    planNodes: api.planNodes,
    another: () => createApi(parts),
    breakTable: (table) => storedRows.dropTable(store.queries, table),
    stopServing,
    async close() {
      await stopServing()
      await api.scheduler.stop()
      await api.artifactWork.stop()
      await engine.stop()
      await store.close()
      await database.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
