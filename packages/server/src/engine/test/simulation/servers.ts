import { SharedDatabase } from '../remote-store.ts'
import type { Clients } from './clients.ts'
import { check } from './invariants.ts'
import { SimulatedServer } from './server.ts'
import { Watcher } from './watcher.ts'
import type { World } from './world.ts'

const mostExchanges = 10_000

/** The servers on a store: one after another on an embedded one, several at a time on one that they share. */
export class Servers {
  readonly #world: World
  readonly #clients: Clients
  /** How many there are at most at a time. */
  readonly #most: number
  /** Whose processes run. */
  running: ReadonlyArray<SimulatedServer> = []
  deaths = 0
  /** Numbers of those that have died, and that the others have not missed yet. */
  #dead: number[] = []
  #count = 0
  readonly #watcher: Watcher

  constructor(world: World, clients: Clients, most: number) {
    this.#world = world
    this.#clients = clients
    this.#most = most
    this.#watcher = new Watcher(world.store)
  }

  async boot(): Promise<void> {
    const server = new SimulatedServer(this.#world, this.#clients, ++this.#count)
    this.#world.note(`server ${server.id} starts`)
    this.#shared?.join(server.id)
    this.running = [...this.running, server]
    server.engine.changes.subscribe('all', (change) => this.#watcher.onChange(change))
    this.#watcher.readEverything()
    await this.#settle(server, server.engine.start())
    this.#world.promises.recheck()
  }

  /** A server dies, and workers with it. A commit that is on its way may arrive all the same. */
  async crash(server: SimulatedServer): Promise<void> {
    if (this.#world.random.chance(0.5)) await this.#commitWithoutAnswer(server)
    this.#end(server, 'dies')
    await this.#replace()
  }

  /** Something happens to a server as one of several. */
  async trouble(server: SimulatedServer): Promise<void> {
    const { random } = this.#world
    const others = this.running.filter((other) => other !== server && !other.isStale)
    const dice = random.next()
    if (dice < 0.3) return this.#stop(server)
    if (this.#shared === undefined) return
    if (dice < 0.6 && others.length > 0 && !server.isStale) this.#takeForDead(server)
    else if (this.running.length < this.#most) await this.boot()
  }

  /** What servers find out by and by, and what must be so between any two steps. */
  check(): void {
    const { random, isFaulty } = this.#world
    for (const server of this.running) {
      if (server.isEnding || (server.isStale && random.chance(0.02)))
        this.#end(server, 'finds that it was taken for dead')
      else if (server.isQuiet && !server.isStale) checkQuiet(server.workers.checks)
    }
    const dead = this.#dead[0]
    if (dead !== undefined && isFaulty && this.running.length > 0 && random.chance(0.05)) this.#miss(dead)
  }

  /** From now on servers find each other, and stay. */
  calm(): void {
    for (const server of this.running) if (server.isStale) this.#end(server, 'finds that it was taken for dead')
    for (const id of this.#dead) this.#miss(id)
    if (this.#shared !== undefined) for (const server of this.running) server.takeOver()
  }

  async settle(): Promise<void> {
    for (const server of this.running) await this.#settle(server)
  }

  checkEnd(): void {
    for (const { workers } of this.running) workers.checks.checkEnd()
    this.#watcher.checkEnd()
  }

  get #shared(): SharedDatabase | undefined {
    const { store } = this.#world
    return store instanceof SharedDatabase ? store : undefined
  }

  #end(server: SimulatedServer, how: string): void {
    this.#world.note(`server ${server.id} ${how}`)
    server.die()
    this.deaths += 1
    this.running = this.running.filter((other) => other !== server)
    if (this.#shared?.has(server.id)) this.#dead.push(server.id)
  }

  /** There is always one, and often it comes at once: in the place of the one before, which is known to have died. */
  async #replace(): Promise<void> {
    const { random } = this.#world
    const isAlone = this.running.every(({ isStale }) => isStale)
    if (!isAlone && random.chance(0.5)) return
    const dead = this.#dead.at(-1)
    if (dead !== undefined) this.#miss(dead)
    await this.boot()
  }

  #miss(id: number): void {
    this.#world.note(`server ${id} is missed`)
    this.#dead = this.#dead.filter((other) => other !== id)
    this.#free(id)
  }

  #takeForDead({ id }: SimulatedServer): void {
    this.#world.note(`server ${id} is taken for dead`)
    this.#free(id)
  }

  #free(id: number): void {
    this.#shared?.remove(id)
    this.#watcher.readEverything()
    if (this.#shared !== undefined) for (const server of this.running) if (server.id !== id) server.takeOver()
  }

  /** As a person stops it. */
  async #stop(server: SimulatedServer): Promise<void> {
    await this.#settle(server, server.engine.stop())
    this.#end(server, 'stops')
    await this.#replace()
  }

  async #commitWithoutAnswer(server: SimulatedServer): Promise<void> {
    const { store } = this.#world
    store.diesAfterWrite = this.#shared === undefined
    server.flush()
    await ticks()
    store.diesAfterWrite = false
    server.arrive()
    await ticks()
  }

  /** Until the server has nothing under way, and some work is done that it was asked for. */
  async #settle(server: SimulatedServer, work: Promise<void> = Promise.resolve()): Promise<void> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    await ticks()
    for (let i = 0; !(isDone && server.isQuiet); i++) {
      check('nothing lost', i < mostExchanges, () => `server ${server.id} does not come to an end with its work`)
      if (!server.exchange()) server.flush()
      await ticks()
    }
    await done
  }
}

function checkQuiet(checks: SimulatedServer['workers']['checks']): void {
  checks.checkLimits()
  checks.checkTimes()
}

// Long enough for every promise that is already settled to be acted upon; nothing in a simulation waits for time.
export async function ticks(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve()
}
