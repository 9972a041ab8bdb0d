import { create, toBinary } from '@bufbuild/protobuf'
import { RelationType } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { ActionType } from '@tern/idl/workflow'
import { pino } from 'pino'
import type { ActionRecord } from '../../../store/engine-store.ts'
import { TernEngine } from '../../engine.ts'
import type { QueueOptions } from '../../limits.ts'
import { aRun, runKey } from '../fixtures.ts'
import { MemoryStore } from '../memory-store.ts'
import { RemoteStore } from '../remote-store.ts'
import { Clients } from './clients.ts'
import { checkEnd } from './end-checks.ts'
import { check, Promises, WriteChecks } from './invariants.ts'
import { Mail } from './mail.ts'
import { type Plan, planOf, queuesOf } from './plan.ts'
import { Random } from './random.ts'
import { SimulatedTime } from './simulated-time.ts'
import { Workers } from './workers.ts'
import { type CurrentRun, type World, hasEnded, rowOf } from './world.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Commits take time, and connections to the store break. Defaults to false: the store is embedded. */
  readonly isRemote?: boolean
  /** Called with each event, for people to read. */
  readonly onEvent?: (text: string) => void
}

const logger = pino({ level: 'silent' })
const faultySteps = 160
const mostSteps = 20_000

/**
 * One history of an engine under faults, which follows from its seed: a run, and perhaps another one that recovers it.
 * What happens is checked against the invariants on the way and at the end; a breach is thrown.
 */
export class Simulation implements World {
  readonly random: Random
  readonly time = new SimulatedTime()
  readonly store: MemoryStore
  readonly mail: Mail
  readonly promises = new Promises()
  readonly plan: Plan
  readonly limit: number
  readonly queues: Readonly<Record<string, QueueOptions>> | undefined
  readonly note: (text: string) => void
  engine!: TernEngine
  lives = 0
  isFaulty = true
  readonly #isRemote: boolean
  readonly #clients: Clients
  #workers!: Workers
  #run: CurrentRun = { id: 1, name: 'r1' }
  /** Look-ups and commits that are on the way to the store or back. */
  #answers: (() => void)[] = []
  #flushes: (() => void)[] = []
  #breach: unknown

  constructor({ seed, isRemote = false, onEvent }: SimulationOptions) {
    this.random = new Random(seed)
    this.#isRemote = isRemote
    this.note = onEvent === undefined ? () => {} : (text) => onEvent(`${this.time.now()} ${text}`)
    const travel = (): Promise<void> => new Promise((resolve) => this.#answers.push(resolve))
    const breaks = (): boolean => this.isFaulty && this.random.chance(0.1)
    this.store = isRemote ? new RemoteStore({ travel, breaks }) : new MemoryStore(travel)
    this.store.inspector = new WriteChecks(this.store.actions)
    this.mail = new Mail(this.random, this.note)
    this.plan = planOf(this.random)
    this.limit = [0, 1, 2, 4][this.random.below(4)]!
    this.queues = this.random.chance(0.5) ? queuesOf(this.random) : undefined
    this.#clients = new Clients(this)
  }

  /** How often the server has died. */
  get crashes(): number {
    return this.lives - 1
  }

  get hasUncommitted(): boolean {
    return this.#flushes.length > 0 || this.#isRemote
  }

  onBreach(error: unknown): void {
    this.#breach ??= error
  }

  async run(): Promise<void> {
    await this.#boot()
    await this.#live({ id: 1, name: 'r1' }, {})
    if (!this.random.chance(0.4)) return
    const rerun = this.random.chance(0.5) ? [this.random.pick([...this.plan.keys()])!] : []
    await this.#live({ id: 0, name: 'r2' }, { recovers: rerun })
  }

  /** A run from its creation to its end. */
  async #live({ name }: CurrentRun, { recovers }: { readonly recovers?: ReadonlyArray<string> }): Promise<void> {
    this.isFaulty = true
    const id = await this.#create(name, recovers)
    this.#run = { id, name }
    for (let step = 0; step < faultySteps && !this.#isOver(); step++) await this.#step(0.2)
    // No more faults: what is left must come to its end.
    this.isFaulty = false
    for (let step = 0; step < mostSteps && !this.#isOver(); step++) await this.#step(0)
    await this.#settle()
    this.#throwBreach()
    this.promises.recheck()
    checkEnd(this, id, recovers)
  }

  async #create(name: string, rerun?: ReadonlyArray<string>): Promise<number> {
    const recovery = rerun && {
      relation: {
        relatedTo: { org: '', project: runKey.project, domain: runKey.domain, name: 'r1' },
        relationType: RelationType.RECOVER,
      },
      recover: { forceRerunActions: [...rerun] },
    }
    const runSpec = create(RunSpecSchema, { maxActionConcurrency: this.limit, ...recovery })
    const spec = this.plan.get('a0')!.spec
    const key = { ...runKey, run: name }
    const request = aRun({ key, spec, runSpec: toBinary(RunSpecSchema, runSpec), requestDigest: name })
    const created = this.engine.createRun(request)
    await this.#settle()
    const { runId } = await created
    this.promises.made(`${name} is created`, () => rowOf(this, runId, 'a0') !== undefined)
    return runId
  }

  async #boot(): Promise<void> {
    // The server before this one, if there was one, is dead: nothing that it still wants to do is done.
    const flushes: (() => void)[] = []
    this.#flushes = flushes
    this.#answers = []
    this.mail.clear()
    this.lives += 1
    const workers = new Workers(this, this.#clients)
    this.#workers = workers
    this.engine = new TernEngine({
      store: this.store,
      clock: this.time,
      alarm: this.time.alarm(),
      outputsExist: async () => true,
      recovery: this.store,
      logger,
      defer: (flush) => flushes.push(flush),
      onFatal: (error) => this.onBreach(error),
      onCondition: ({ key }) => this.#checkCondition(key.action),
      queues: this.queues,
      executors: (host) => workers.executors(host),
    })
    await this.engine.start()
    await this.#settle()
    this.promises.recheck()
  }

  #checkCondition(action: string): void {
    const isStored = rowOf(this, this.#run.id, action) !== undefined || this.#run.id === 0
    check('after the commit', isStored, () => `${action} is announced before it is stored`)
  }

  async #step(faults: number): Promise<void> {
    this.#throwBreach()
    const { random } = this
    if (this.#answers.length > 0 && random.chance(0.4)) this.#answers.shift()?.()
    else if (this.#flushes.length > 0 && random.chance(0.5)) await this.#flush()
    else if (!this.mail.isEmpty && random.chance(0.5)) this.mail.deliverOne()
    else if (random.chance(faults)) await this.#fault()
    else if (random.chance(0.25)) this.#happen()
    else this.#workers.work()
    await ticks()
  }

  /** Something that is no fault, and that no worker does. */
  #happen(): void {
    const dice = this.random.below(4)
    if (dice < 2) return void this.time.pass(this.isFaulty ? 300 : 7_200_000)
    const waiting = [...this.store.actions.values()].filter(
      ({ runId, state }) => runId === this.#run.id && state.endedAt === null,
    )
    const row = this.random.pick(waiting.filter((one) => one.actionType === ActionType.CONDITION || one.isExternal))
    if (row === undefined) return
    if (row.isExternal) this.#elsewhere(row)
    else this.#clients.signal(this.#run, row.name)
  }

  /** Whoever executes an action that this server does not starts a child of it, or reports. */
  #elsewhere({ name }: ActionRecord): void {
    const child = this.plan.get(name)?.children.find((one) => rowOf(this, this.#run.id, one) === undefined)
    const attempt = { run: { ...runKey, run: this.#run.name }, runId: this.#run.id, action: name }
    if (child !== undefined && this.random.chance(0.4)) this.#clients.enqueue(attempt, this.plan.get(child)!)
    else this.#clients.report(this.#run, name)
  }

  async #fault(): Promise<void> {
    const kind = this.random.below(8)
    if (kind === 0) await this.#crash()
    else if (kind === 1) this.#workers.lose()
    else if (kind === 2 || kind === 3) this.#workers.reportLate()
    else if (kind === 4) this.#workers.fail()
    else if (kind === 5 && this.random.chance(0.15)) this.#clients.setClock()
    else if (kind === 6) this.#clients.signal(this.#run, this.random.pick(['w0', 'w1', 'c0'])!)
    else if (kind === 7 && this.random.chance(0.15)) this.#abort()
  }

  /** The server dies, and workers with it. A commit that is on its way may arrive all the same. */
  async #crash(): Promise<void> {
    this.note('the server dies')
    if (this.random.chance(0.5)) await this.#commitWithoutAnswer()
    await this.#boot()
  }

  async #commitWithoutAnswer(): Promise<void> {
    if (this.#flushes.length > 0) {
      this.store.diesAfterWrite = !this.#isRemote
      await this.#flush()
      this.store.diesAfterWrite = false
    }
    for (const answer of this.#answers.splice(0)) answer()
    await ticks()
  }

  #abort(): void {
    const row: ActionRecord | undefined = this.random.pick([...this.store.actions.values()])
    if (row !== undefined && row.runId === this.#run.id) this.#clients.abort(this.#run, row.name)
  }

  async #flush(): Promise<void> {
    this.note('commit')
    this.#flushes.shift()?.()
    await ticks()
  }

  async #settle(): Promise<void> {
    await ticks()
    while (this.#flushes.length > 0 || this.#answers.length > 0) {
      this.#answers.shift()?.()
      await ticks()
      if (this.#flushes.length > 0) await this.#flush()
    }
  }

  #isOver(): boolean {
    return hasEnded(rowOf(this, this.#run.id, 'a0')) && this.#flushes.length === 0
  }

  #throwBreach(): void {
    if (this.#breach !== undefined) throw this.#breach
  }
}

// Long enough for every promise that is already settled to be acted upon; nothing in a simulation waits for time.
async function ticks(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve()
}
