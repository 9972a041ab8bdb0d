import { create, toBinary } from '@bufbuild/protobuf'
import { RelationType } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { ActionType } from '@tern/idl/workflow'
import type { ActionRecord } from '../../../store/engine-store.ts'
import type { QueueOptions } from '../../limits.ts'
import type { NewRun } from '../../model.ts'
import { aRun, runKey } from '../fixtures.ts'
import { MemoryStore } from '../memory-store.ts'
import { SharedDatabase } from '../remote-store.ts'
import { Clients } from './clients.ts'
import { checkEnd } from './end-checks.ts'
import { Promises, WriteChecks } from './invariants.ts'
import { Mail } from './mail.ts'
import { type Plan, planOf, queuesOf } from './plan.ts'
import { Random } from './random.ts'
import type { SimulatedServer } from './server.ts'
import { Servers, ticks } from './servers.ts'
import { SimulatedTime } from './simulated-time.ts'
import { type CurrentRun, type World, hasEnded, rowOf } from './world.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Commits take time, connections to the store break, and several servers share it. Defaults to false: it is embedded. */
  readonly isRemote?: boolean
  /** Called with each event, for people to read. */
  readonly onEvent?: (text: string) => void
}

const faultySteps = 160
const mostSteps = 40_000

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
  isFaulty = true
  readonly #clients: Clients
  readonly #servers: Servers
  #run: CurrentRun = { id: 0, name: '' }
  #breach: unknown

  constructor({ seed, isRemote = false, onEvent }: SimulationOptions) {
    this.random = new Random(seed)
    this.note = onEvent === undefined ? () => {} : (text) => onEvent(`${this.time.now()} ${text}`)
    this.store = isRemote ? new SharedDatabase() : this.#embedded()
    this.mail = new Mail(this.random, this.note)
    this.plan = planOf(this.random)
    this.store.inspector = new WriteChecks(this.store, this.plan)
    this.limit = [0, 1, 2, 4][this.random.below(4)]!
    this.queues = this.random.chance(0.5) ? queuesOf(this.random) : undefined
    this.#clients = new Clients(this)
    this.#servers = new Servers(this, this.#clients, isRemote ? [1, 1, 2, 3][this.random.below(4)]! : 1)
  }

  get servers(): ReadonlyArray<SimulatedServer> {
    return this.#servers.running
  }

  /** How often a server has died. */
  get crashes(): number {
    return this.#servers.deaths
  }

  onBreach(error: unknown): void {
    this.#breach ??= error
  }

  async run(): Promise<void> {
    await this.#servers.boot()
    await this.#live('r1')
    if (!this.random.chance(0.4)) return
    await this.#live('r2', this.random.chance(0.5) ? [this.random.pick([...this.plan.keys()])!] : [])
  }

  #embedded(): MemoryStore {
    return new MemoryStore({
      delay: () => this.servers[0]?.lookUp() ?? Promise.resolve(),
      fails: (what) => this.isFaulty && this.random.chance(what === 'write' ? 0.03 : 0.02),
    })
  }

  /**
   * A run from its creation to its end.
   *
   * @param rerun what it executes again of the first run, which it recovers
   */
  async #live(name: string, rerun?: ReadonlyArray<string>): Promise<void> {
    this.isFaulty = true
    this.#run = { id: 0, name }
    // Another one of the same name may be asked for, and one of them is made.
    const digests = this.random.chance(0.2) ? [name, 'another'] : [name]
    const requests = digests.map((digest) => this.#request(name, digest, rerun))
    await this.#steps(faultySteps, requests, 0.2)
    // No more faults: what is left must come to its end.
    this.isFaulty = false
    this.#servers.calm()
    await this.#steps(mostSteps, requests, 0)
    await this.#servers.settle()
    this.#throwBreach()
    this.promises.recheck()
    const isTimely = !(this.store instanceof SharedDatabase || this.#clients.wasClockSet)
    checkEnd(this, { rerun, isTimely })
    this.#servers.checkEnd()
    this.#throwBreach()
  }

  #request(name: string, requestDigest: string, rerun?: ReadonlyArray<string>): NewRun {
    const recovery = rerun && {
      relation: {
        relatedTo: { org: '', project: runKey.project, domain: runKey.domain, name: 'r1' },
        relationType: RelationType.RECOVER,
      },
      recover: { forceRerunActions: [...rerun] },
    }
    const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { maxActionConcurrency: this.limit, ...recovery }))
    return aRun({ key: { ...runKey, run: name }, spec: this.plan.get('a0')!.spec, runSpec, requestDigest })
  }

  async #steps(most: number, requests: ReadonlyArray<NewRun>, faults: number): Promise<void> {
    for (let step = 0; step < most && !this.#isOver(); step++) {
      this.#throwBreach()
      if (this.#run.id === 0) this.#start(requests)
      const step = this.#step(faults)
      // Most steps only write letters, and make nobody else act.
      if (step !== undefined) await step
      this.#servers.check()
    }
  }

  #start(requests: ReadonlyArray<NewRun>): void {
    const { name } = this.#run
    const stored = this.store.runNamed(name)
    if (stored !== undefined) this.#run = { id: stored.id, name }
    // Until there is something to see: a request may have been lost.
    else if (this.mail.isEmpty) for (const request of requests) this.#clients.createRun(request)
  }

  #step(faults: number): Promise<void> | undefined {
    const { random } = this
    const server = random.pick(this.servers)!
    if (random.chance(0.4) && server.exchange()) return ticks()
    if (random.chance(0.5) && server.flush()) return ticks()
    if (!this.mail.isEmpty && random.chance(0.5)) {
      this.mail.deliverOne()
      return ticks()
    }
    if (random.chance(faults)) return this.#fault(server).then(ticks)
    if (random.chance(0.25)) {
      this.#happen()
      return ticks()
    }
    server.workers.work()
    return undefined
  }

  /** Something that is no fault, and that no worker does. */
  #happen(): void {
    const dice = this.random.below(4)
    if (dice < 2) return this.time.pass(this.isFaulty ? 300 : 7_200_000)
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

  async #fault(server: SimulatedServer): Promise<void> {
    const { random } = this
    switch (random.below(9)) {
      case 0:
        return this.#servers.crash(server)
      case 1:
        return server.workers.lose()
      case 2:
      case 3:
        return server.workers.reportLate()
      case 4:
        return server.workers.fail()
      case 5:
        return random.chance(0.15) ? this.#clients.setClock() : undefined
      case 6:
        return this.#run.id === 0 ? undefined : this.#clients.signal(this.#run, random.pick(['w0', 'w1', 'c0'])!)
      case 7:
        return random.chance(0.15) ? this.#abort() : undefined
      case 8:
        return this.#servers.trouble(server)
    }
  }

  #abort(): void {
    const row = this.random.pick([...this.store.actions.values()])
    if (row !== undefined && row.runId === this.#run.id) this.#clients.abort(this.#run, row.name)
  }

  #isOver(): boolean {
    if (!hasEnded(rowOf(this, this.#run.id, 'a0'))) return false
    if (!this.servers.every(({ isQuiet, engine }) => isQuiet && engine.stoppingAttempts === 0)) return false
    return [...this.store.actions.values()].every(({ state }) => state.endedAt !== null)
  }

  #throwBreach(): void {
    if (this.#breach !== undefined) throw this.#breach
  }
}
