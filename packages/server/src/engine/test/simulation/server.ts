import { pino } from 'pino'
import { SleepExecutor } from '../../../executors/in-process/sleep-executor.ts'
import type { RecoveryReads } from '../../../store/recovery-reads.ts'
import type { EngineStore } from '../../../store/engine-store.ts'
import { TernEngine } from '../../engine.ts'
import { RemoteStore, SharedDatabase, takenForDead } from '../remote-store.ts'
import type { Clients } from './clients.ts'
import { checkCall } from './invariants.ts'
import { capacity } from './plan.ts'
import { Workers } from './workers.ts'
import { type OpenAttempt, type Server, type World, rowOf } from './world.ts'

const logger = pino({ level: 'silent' })

/** One process of the program, with its workers, until it ends. */
export class SimulatedServer implements Server {
  readonly id: number
  readonly engine: TernEngine
  readonly workers: Workers
  isDead = false
  /** It has found out that it was taken for dead, and ends. */
  isEnding = false
  readonly #world: World
  #flushes: (() => void)[] = []
  /** Batches and the answers to them, on their way. */
  #commits: (() => void)[] = []
  #lookUps: (() => void)[] = []

  constructor(world: World, clients: Clients, id: number) {
    this.#world = world
    this.id = id
    this.workers = new Workers(world, clients, this)
    const { time } = world
    const alarm = time.alarm(id)
    const store = this.#connect()
    this.engine = new TernEngine({
      store,
      clock: time,
      alarm,
      outputsExist: async () => !world.isFaulty || world.random.chance(0.9),
      recovery: store,
      logger,
      defer: (flush) => this.#defer(flush),
      random: () => world.random.next(),
      onFatal: (error) => this.#onFatal(error),
      onCondition: ({ key }) => this.#checkCondition(key.run, key.action),
      queues: world.queues,
      capacity,
      executors: (host) => [
        ...this.workers.executors(
          host,
          (sleepHost) => new SleepExecutor(sleepHost, { storage: noStorage, clock: time, alarm }),
        ),
      ],
    })
  }

  get isStale(): boolean {
    const { store } = this.#world
    return store instanceof SharedDatabase && !store.has(this.id)
  }

  get openAttempts(): Iterable<OpenAttempt> {
    return this.workers.checks.open.values()
  }

  /** Nothing is on its way to the store or back, or gathered for it. */
  get isQuiet(): boolean {
    return this.#flushes.length + this.#commits.length + this.#lookUps.length === 0
  }

  /** Waits for what is on its way to the store and back. */
  lookUp(): Promise<void> {
    return new Promise((resolve) => this.#lookUps.push(resolve))
  }

  /** Whether something arrived: at the store, or from there. In the order of their way, or not. */
  exchange(): boolean {
    const { random } = this.#world
    const ways = [this.#commits, this.#lookUps].filter(({ length }) => length > 0)
    const way = random.pick(ways)
    if (way === undefined) return false
    way.splice(random.below(way.length), 1)[0]!()
    return true
  }

  /** Whether something was committed, or sent to be. */
  flush(): boolean {
    const flush = this.#flushes.shift()
    if (flush === undefined) return false
    this.#world.note(`server ${this.id} commits`)
    flush()
    return true
  }

  /** What is on its way to the store arrives, though nobody waits for the answer any more. */
  arrive(): void {
    for (const commit of this.#commits.splice(0)) commit()
  }

  /** Goes on with the runs that nobody has. */
  takeOver(): void {
    this.engine.takeOver().catch((error: unknown) => this.#world.onBreach(error))
  }

  die(): void {
    this.isDead = true
    this.#flushes = []
    this.#commits = []
    this.#lookUps = []
    this.#world.mail.closeAll(this.id)
    this.#world.time.silence(this.id)
  }

  #defer(flush: () => void): void {
    checkCall(
      this.#world,
      'bounded',
      this.#flushes.length === 0,
      () => `server ${this.id} is about to make two commits`,
    )
    this.#flushes.push(flush)
  }

  #onFatal(error: unknown): void {
    if (error === takenForDead && this.isStale) this.isEnding = true
    else this.#world.onBreach(error)
  }

  #connect(): EngineStore & RecoveryReads {
    const { store, random } = this.#world
    if (!(store instanceof SharedDatabase)) return store
    return new RemoteStore({
      database: store,
      server: this.id,
      travel: () => new Promise((resolve) => this.#commits.push(resolve)),
      lookUp: () => this.lookUp(),
      breaks: () => this.#world.isFaulty && random.chance(0.1),
      fails: () => this.#world.isFaulty && random.chance(0.02),
      onTwoCommits: () => checkCall(this.#world, 'bounded', false, () => `server ${this.id} makes two commits at once`),
    })
  }

  #checkCondition(run: string, action: string): void {
    const { store } = this.#world
    const isStored = rowOf(this.#world, store.runNamed(run)?.id ?? 0, action) !== undefined
    checkCall(this.#world, 'after the commit', isStored, () => `${action} is announced before it is stored`)
  }
}

const noStorage = {
  read(): Promise<Uint8Array> {
    throw new Error('nothing is stored in files')
  },
}
