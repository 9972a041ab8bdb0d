import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { type Clock, isLoopback, systemClock } from '@tern/core'
import { createStorage } from '@tern/core/storage'
import { type Logger, pino } from 'pino'
import { type Api, createApi } from './api/create-api.ts'
import { defaultApiConfig } from './api/api-parts.ts'
import { maxReadBytes } from './api/domain.ts'
import { Listener } from './api/transport/listener.ts'
import { ResultTurns } from './cache-service/result-turns.ts'
import { ConditionWebhooks } from './conditions/webhooks.ts'
import { LinkSigner } from './data/signed-links.ts'
import { StoredResults } from './data/stored-results.ts'
import { TernEngine } from './engine/engine.ts'
import type { QueueOptions } from './engine/limits.ts'
import { type PolicyDefaults, type ResourceAmounts, usualPolicy } from './engine/task-policy.ts'
import { ImageBuildExecutor } from './executors/in-process/image-build-executor.ts'
import { LaunchPlanExecutor } from './executors/in-process/launch-plan-executor.ts'
import { SleepExecutor } from './executors/in-process/sleep-executor.ts'
import { WorkflowExecutor } from './executors/in-process/workflow-executor.ts'
import { LaunchPlanPlaces } from './launch-plans/launch-plan-places.ts'
import { Mailer, type MailOptions } from './notifications/mailer.ts'
import { machineCapacity } from './executors/machine-capacity.ts'
import { createImages } from './images/create-images.ts'
import type { EnvironmentPolicy } from './images/environments.ts'
import type { ImageMapping } from './images/image-mapping.ts'
import { LocalProcessExecutor } from './executors/local-process/local-process-executor.ts'
import { workFolderOf } from './executors/local-process/paths.ts'
import { LocalWorkerExecutor } from './executors/local-worker/local-worker-executor.ts'
import { checkDomains } from './projects/domains.ts'
import { InputSweep } from './retention/input-sweep.ts'
import { Retention, type RetentionOptions } from './retention/retention.ts'
import { SpecSweep } from './retention/spec-sweep.ts'
import { Replicas } from './replicas/replicas.ts'
import { DeployedChildren } from './runs/deployed-children.ts'
import { loadSecretKey } from './secrets/load-secret-key.ts'
import { SecretVault } from './secrets/secret-vault.ts'
import { fingerprintOf, loadSigningKey } from './signing-key.ts'
import { ServerStatus } from './status/server-status.ts'
import { openStore } from './store/open-store.ts'
import { RecoveryRepository } from './store/recovery-repository.ts'
import { createRepositories, type Repositories } from './store/repositories.ts'
import type { Store } from './store/store.ts'
import { version } from './version.ts'
import { NodeChildren } from './workflows/node-children.ts'
import { ParsedWorkflows } from './workflows/parsed-workflows.ts'

export interface ServerOptions {
  /** Address to bind. Defaults to `127.0.0.1`, which only this machine reaches. */
  readonly host?: string | undefined
  /** Port to bind, 0 for a free one. Defaults to 30080. */
  readonly port?: number | undefined
  /** Folder of the embedded database and of stored files, made when it does not exist. Defaults to `.tern`. */
  readonly dataDir?: string | undefined
  /**
   * Address of a database on a Postgres server, which is then used instead of the embedded one:
   * `postgres://user:password@host:5432/database`. The database must exist; its tables are made and brought up to date.
   * Several servers may share it, which share the data folder's `storage`, `signing.key` and `secrets.key` then.
   */
  readonly database?: string | undefined
  /**
   * Where other servers on the same database reach this one. Defaults to `http://host:port`, with the name of this
   * machine for a host that means all addresses.
   */
  readonly advertiseUrl?: string | undefined
  /**
   * How long a server that is connected to the shared database may be silent before the others cut it off and take over
   * its runs, in milliseconds. Longer than the event loop ever stands still. Defaults to 15 seconds.
   */
  readonly leaseMs?: number | undefined
  /**
   * Origins of web pages that may call the API, such as `https://console.example.com`. Pages of this machine and the server's
   * own always may. Defaults to none.
   */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** Domains that every project has. Defaults to `development`, `staging` and `production`. */
  readonly domains?: ReadonlyArray<string> | undefined
  /**
   * File with the key that secrets are encrypted with, 32 bytes in base64 or hexadecimal. Defaults to `secrets.key` in the
   * data folder, which is made where there is none.
   */
  readonly secretKeyFile?: string | undefined
  /** That key itself, instead of a file. Defaults to the variable TERN_SECRET_KEY. */
  readonly secretKey?: string | undefined
  /** Worker processes of one task environment at the same time. Defaults to the number of processors. */
  readonly maxWorkersPerPool?: number | undefined
  /** How long a worker, or a Python, with nothing to do is kept warm, in milliseconds. Defaults to a minute. */
  readonly workerIdleMs?: number | undefined
  /**
   * Named queues, with how many of their actions may be busy at once on this server, and who goes first where places are
   * short. Defaults to none: then every name is accepted, and means no limit.
   */
  readonly queues?: Readonly<Record<string, QueueOptions>> | undefined
  /**
   * What tasks that are processes of their own share out among them. Defaults to the processors and the memory of the
   * machine, and no gpu.
   */
  readonly capacity?: Partial<ResourceAmounts> | undefined
  /** The mail server that notifications are sent through. Defaults to none: runs that ask for an email are refused. */
  readonly mail?: MailOptions | undefined
  /** How long things are kept that are over. Defaults to for ever. */
  readonly retention?: RetentionOptions | undefined
  /**
   * What runs Python tasks whose image says nothing: an interpreter, a virtual environment, or a command on the PATH.
   * Defaults to the virtual environment that is active, or else to `python3` on the PATH.
   */
  readonly python?: string | undefined
  /**
   * Python tasks are forked from processes that have imported what all of them need, instead of starting an interpreter for
   * each. Defaults to true; means nothing where it would not be safe, which is everywhere but on Linux.
   */
  readonly warmPython?: boolean | undefined
  /** What runs the Python tasks of certain images instead: the first that fits. Defaults to none. */
  readonly images?: ReadonlyArray<ImageMapping> | undefined
  /** Which environments that were built for images are kept while nothing uses them. */
  readonly environments?: EnvironmentPolicy | undefined
  /**
   * Attempts that may follow failures that are not of the task: a lost worker, a storage that fails. The first comes at once,
   * the others after ever longer back-offs. Defaults to 3.
   */
  readonly systemRetries?: number | undefined
  /** Limits of time for tasks that set none. Default to none. */
  readonly defaultLimits?: DefaultLimits | undefined
  /** How long an aborted attempt may take to clean up, in milliseconds. Defaults to 10 seconds. */
  readonly abortGraceMs?: number | undefined
  /** How long requests may take to finish when the server stops, in milliseconds. Defaults to 5 seconds. */
  readonly stopGraceMs?: number | undefined
  /** Where the server logs. Defaults to warnings and errors on standard error. */
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
  /**
   * Called when the store refuses a write for good: nothing more can be recorded, and the process should end. Whatever
   * had been acknowledged is stored, and the next server goes on from there. Defaults to ending the process.
   */
  readonly onFatal?: ((error: unknown) => void) | undefined
}

/** Limits of time for tasks that set none, in milliseconds. A task that sets one to 0 has none. */
export interface DefaultLimits {
  /** Running time of one attempt. */
  readonly maxRuntimeMs?: number | undefined
  /** Time that one attempt may wait to be run. */
  readonly maxQueuedMs?: number | undefined
  /** Time over all attempts, from when the action was first queued. */
  readonly deadlineMs?: number | undefined
}

/** A server that accepts requests. */
export interface TernServer {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Stops taking requests, ends workers, and closes the store. Unfinished runs go on with the next server. */
  stop(): Promise<void>
}

export const defaultPort = 30_080

/**
 * Starts a whole Tern backend in this process: API, engine, workers, store. Resolves when it serves requests and every
 * unfinished action of an earlier server has been picked up.
 *
 * Throws DataFolderError or DatabaseError when the store cannot be used, SecretKeyError when its secrets cannot be opened, ListenError when the address cannot be bound.
 */
export async function startServer(options: ServerOptions = {}): Promise<TernServer> {
  const dataDir = resolve(options.dataDir ?? '.tern')
  const logger = options.logger ?? pino({ level: 'warn' }, pino.destination(2))
  const store = await openStore({ dataDir, database: options.database, logger: logger.child({ part: 'store' }) })
  try {
    return await serve(store, dataDir, logger, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function serve(store: Store, dataDir: string, logger: Logger, options: ServerOptions): Promise<TernServer> {
  const clock = options.clock ?? systemClock
  const host = options.host ?? '127.0.0.1'
  const config = {
    ...defaultApiConfig(loadSigningKey(dataDir)),
    ...(options.domains && { domains: checkDomains(options.domains) }),
    ...(options.allowedOrigins && { allowedOrigins: options.allowedOrigins }),
    isLocalOnly: isLoopback(host),
  }
  const storage = createStorage(join(dataDir, 'storage'), { onRetry: tellNowAndThen(logger, clock) })
  // Known once the port is bound, which is before the engine starts anything.
  const place = { endpoint: '', url: '' }
  const repositories = createRepositories(store.queries)
  const vault = await openVault(repositories, dataDir, logger, options)
  const webhooks = new ConditionWebhooks({
    repository: repositories.webhooks,
    signer: new LinkSigner(config.signingKey),
    url: () => `http://${place.endpoint}`,
    clock,
    logger: logger.child({ part: 'webhooks' }),
  })
  const { environments, images, interpreters } = createImages({
    dataDir,
    python: options.python,
    mappings: options.images,
    policy: options.environments,
    repository: repositories.images,
    storage,
    secrets: vault,
    clock,
    logger: logger.child({ part: 'images' }),
  })
  const deployed = new DeployedChildren({
    repository: repositories.tasks,
    storage,
    org: config.org,
    maxInlineBytes: config.maxInlineBytes,
    maxInputBytes: maxReadBytes,
  })
  const workflows = new ParsedWorkflows()
  const nodeChildren = new NodeChildren({ deployed, storage, org: config.org, maxInlineBytes: config.maxInlineBytes })
  const results = new StoredResults(storage)
  const turns = createTurns(store, repositories, clock, logger)
  const engine = new TernEngine({
    store: store.engine,
    outputsExist: (uri) => results.outputsExist(uri),
    filesExist: (outputs) => results.filesExist(outputs),
    turns,
    recovery: new RecoveryRepository(store.queries),
    places: new LaunchPlanPlaces(repositories.launchPlanPlaces, clock),
    clock,
    logger: logger.child({ part: 'engine' }),
    queues: options.queues,
    policy: toPolicyDefaults(options),
    capacity: { ...machineCapacity(), ...options.capacity },
    onCondition: (condition) => webhooks.announce(condition),
    onFatal: options.onFatal ?? exit,
    executors: (host) => [
      new SleepExecutor(host, { storage, clock }),
      new ImageBuildExecutor(host, { images, storage, clock }),
      new WorkflowExecutor(host, {
        workflows,
        children: nodeChildren,
        storage,
        maxInlineBytes: config.maxInlineBytes,
        maxBytes: maxReadBytes,
        clock,
        logger: logger.child({ part: 'workflows' }),
      }),
      // Nothing is launched before the API is there.
      new LaunchPlanExecutor(host, { plans: { launch: (...call) => api.planNodes.launch(...call) }, clock }),
      new LocalWorkerExecutor(host, {
        org: config.org,
        serverVersion: version,
        maxWorkersPerPool: options.maxWorkersPerPool,
        maxInlineBytes: config.maxInlineBytes,
        graceMs: options.abortGraceMs,
        idleMs: options.workerIdleMs,
        secrets: vault,
        secretsDir: join(dataDir, 'work', '.worker-secrets'),
        deployed,
        clock,
        logger: logger.child({ part: 'local-worker' }),
      }),
      new LocalProcessExecutor(host, {
        org: config.org,
        storage,
        workDir: join(dataDir, 'work'),
        interpreters,
        warmPython: options.warmPython,
        idleMs: options.workerIdleMs,
        secrets: vault,
        graceMs: options.abortGraceMs,
        endpoint: () => place.endpoint,
        clock,
        logger: logger.child({ part: 'local-process' }),
      }),
    ],
  })
  const mailer = options.mail && new Mailer(options.mail)
  const status = new ServerStatus({
    engine,
    version,
    startedAt: clock.now(),
    url: () => (replicas === undefined ? '' : place.url),
    others: () => replicas?.others.map(({ url }) => url).filter((url) => url !== '') ?? [],
  })
  const api = createApi({
    engine,
    mailer,
    repositories,
    vault,
    images,
    storage,
    status,
    clock,
    logger: logger.child({ part: 'api' }),
    config,
    readiness: [() => requireHealthy(engine)],
  })
  const replicas = createReplicas(store, engine, api, logger, options)
  const listener = await listen(api, engine, options, async (bound) => {
    place.endpoint = `${isLoopback(bound.host) ? 'localhost' : bound.host}:${bound.port}`
    const url = options.advertiseUrl ?? reachableUrl(bound)
    const keys = { 'signing.key': fingerprintOf(config.signingKey), 'secrets.key': vault.keyId }
    place.url = url
    await replicas?.start({ url, version, keys })
  }).catch(async (error: unknown) => {
    await replicas?.stop()
    throw error
  })
  api.artifactWork.start({ isShared: replicas !== undefined })
  api.notifications.start({ isShared: replicas !== undefined })
  const retention = new Retention({
    ...options.retention,
    repository: repositories.retention,
    storage,
    clock,
    logger: logger.child({ part: 'retention' }),
    deleteWork: (run) => rm(workFolderOf(join(dataDir, 'work'), run), { recursive: true, force: true }),
    holder: randomUUID(),
    liveActions: () => engine.liveActions,
    sweeps: [
      new SpecSweep({ repository: repositories.retention, clock }),
      new InputSweep({ repository: repositories.retention, storage, clock }),
    ],
  })
  retention.start()
  environments.start()
  return {
    url: listener.url,
    host: listener.host,
    port: listener.port,
    dataDir,
    stop: once(async () => {
      api.endStreams()
      await listener.stop(options.stopGraceMs ?? 5_000)
      await api.scheduler.stop()
      await retention.stop()
      await api.artifactWork.stop()
      await api.notifications.stop()
      await webhooks.stop()
      await engine.stop()
      await turns?.stop()
      await environments.stop()
      await replicas?.stop()
      await store.close()
    }),
  }
}

const tellEveryMs = 5_000

/** Of a storage that fails, each operation would have the same to say. */
function tellNowAndThen(logger: Logger, clock: Clock): (error: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (err) => {
    const now = clock.now()
    if (Math.abs(now - toldAt) < tellEveryMs) return
    toldAt = now
    logger.warn({ err, part: 'storage' }, 'the storage failed; trying again')
  }
}

function toPolicyDefaults({ systemRetries, defaultLimits = {} }: ServerOptions): PolicyDefaults {
  const { maxRuntimeMs = null, maxQueuedMs = null, deadlineMs = null } = defaultLimits
  return { systemRetries: systemRetries ?? usualPolicy.systemRetries, maxRuntimeMs, maxQueuedMs, deadlineMs }
}

function createTurns(
  { servers }: Store,
  { cacheEntries: repository }: Repositories,
  clock: Clock,
  logger: Logger,
): ResultTurns | undefined {
  if (servers === undefined) return undefined
  return new ResultTurns({ repository, owner: randomUUID(), clock, logger: logger.child({ part: 'turns' }) })
}

function createReplicas(
  { servers }: Store,
  engine: TernEngine,
  { triggers, scheduler }: Api,
  logger: Logger,
  { leaseMs, onFatal = exit }: ServerOptions,
): Replicas | undefined {
  if (servers === undefined) return undefined
  return new Replicas({
    store: servers,
    engine,
    triggers,
    onTriggers: () => scheduler.readNow(),
    onFatal,
    logger: logger.child({ part: 'replicas' }),
    leaseMs,
  })
}

function reachableUrl({ url, host, port }: Listener): string {
  return host === '0.0.0.0' || host === '::' ? `http://${hostname()}:${port}` : url
}

function exit(): never {
  process.exit(1)
}

async function openVault(
  { secrets: repository }: Repositories,
  dataDir: string,
  logger: Logger,
  options: ServerOptions,
): Promise<SecretVault> {
  const key = await loadSecretKey({
    dataDir,
    file: options.secretKeyFile,
    text: options.secretKey ?? process.env['TERN_SECRET_KEY'],
    findOtherKey: (keyId) => repository.findOtherKey(keyId),
    logger,
  })
  return new SecretVault({ repository, key, clock: options.clock ?? systemClock })
}

/** Binds first, so that a port in use is found before anything runs; requests wait until the engine is up. */
async function listen(
  api: Api,
  engine: TernEngine,
  options: ServerOptions,
  onBound: (listener: Listener) => Promise<void>,
): Promise<Listener> {
  const up = Promise.withResolvers<void>()
  let isUp = false
  const listener = await Listener.start({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? defaultPort,
    handler: (request, response) => {
      if (isUp) api.handle(request, response)
      else void up.promise.then(() => api.handle(request, response))
    },
  })
  try {
    await onBound(listener)
    await api.seed()
    await engine.start()
    // Reads all triggers, thousands perhaps, in small portions: requests need not wait for that.
    void api.scheduler.start()
  } catch (error) {
    await listener.stop(0)
    throw error
  }
  isUp = true
  up.resolve()
  api.warmUp()
  return listener
}

async function requireHealthy(engine: TernEngine): Promise<void> {
  if (!engine.isHealthy) throw new Error('the store refuses writes; see the log')
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
