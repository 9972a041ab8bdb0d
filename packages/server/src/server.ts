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
import { LaunchPlanPlaces } from './launch-plans/launch-plan-places.ts'
import { Mailer } from './notifications/mailer.ts'
import { createExecutors } from './executors/create-executors.ts'
import { machineCapacity } from './executors/machine-capacity.ts'
import { createImages } from './images/create-images.ts'
import { workFolderOf } from './executors/local-process/paths.ts'
import { checkDomains } from './projects/domains.ts'
import { InputSweep } from './retention/input-sweep.ts'
import { Retention } from './retention/retention.ts'
import { SpecSweep } from './retention/spec-sweep.ts'
import { Replicas } from './replicas/replicas.ts'
import { openVault } from './secrets/open-vault.ts'
import { defaultPort, type ServerOptions, toPolicyDefaults } from './server-options.ts'
import { fingerprintOf, loadSigningKey } from './signing-key.ts'
import { ServerStatus } from './status/server-status.ts'
import { openStore } from './store/open-store.ts'
import { RecoveryRepository } from './store/recovery-repository.ts'
import { createRepositories, type Repositories } from './store/repositories.ts'
import type { Store } from './store/store.ts'
import { version } from './version.ts'

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
  const vault = await openVault(repositories.secrets, { ...options, dataDir, logger })
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
  const results = new StoredResults(storage)
  const turns = createTurns(store, repositories, clock, logger)
  const engine = new TernEngine({
    store: store.engine,
    outputsExist: (uri) => results.outputsExist(uri),
    filesExist: (outputs) => results.filesExist(outputs),
    turns,
    recovery: new RecoveryRepository(store.queries),
    places: new LaunchPlanPlaces({ repository: repositories.launchPlanPlaces, clock, server: store.servers?.id }),
    clock,
    logger: logger.child({ part: 'engine' }),
    queues: options.queues,
    policy: toPolicyDefaults(options),
    capacity: { ...machineCapacity(), ...options.capacity },
    onCondition: (condition) => webhooks.announce(condition),
    onFatal: options.onFatal ?? exit,
    executors: createExecutors({
      options,
      dataDir,
      config,
      maxInputBytes: maxReadBytes,
      storage,
      repositories,
      images,
      interpreters,
      secrets: vault,
      // Nothing is launched before the API is there.
      plans: { launch: (...call) => api.planNodes.launch(...call) },
      endpoint: () => place.endpoint,
      clock,
      logger,
    }),
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
