import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PostgresServer } from '@tern/test-support/postgres'
import { ServerProcess } from '@tern/test-support/server-process'
import { readLedger } from '../load/ledger.ts'
import { kinds, MixedLoad } from '../load/mixed-load.ts'
import { isAlive, processesOf, workersOf } from './children.ts'

export interface RoundsOptions {
  readonly folder: string
  /** Undefined for the embedded database. */
  readonly postgres: PostgresServer | undefined
  /** How many leaves a fan-out has; other runs have fewer. Defaults to 300. */
  readonly leaves?: number
}

/** What is killed. A process is what a task runs as that is a command. */
export const victims = ['server', 'worker', 'process', 'database'] as const
type Victim = (typeof victims)[number]

// Where the machine is busy with something else.
const longestRoundMs = 180_000
const longestLookMs = 2_000

/** Rounds of load on one data folder, in each of which something is killed. */
export class Rounds {
  readonly #folder: string
  readonly #postgres: PostgresServer | undefined
  readonly #leaves: number
  readonly deaths: Record<Victim, number> = { server: 0, worker: 0, process: 0, database: 0 }
  #server!: ServerProcess
  #runs = 0

  constructor({ folder, postgres, leaves = 300 }: RoundsOptions) {
    this.#folder = folder
    this.#postgres = postgres
    this.#leaves = leaves
  }

  /**
   * Returns what is wrong.
   *
   * @param isDone whether these have been rounds enough. Defaults to never.
   */
  async run(rounds: number, isDone = (): boolean => false): Promise<ReadonlyArray<string>> {
    const startedAt = Date.now()
    const problems: string[] = []
    this.#server = await this.#start(0)
    try {
      for (let round = 1; round <= rounds && !isDone(); round++) {
        for (const problem of await this.#round()) {
          problems.push(`round ${round}: ${problem}`)
          console.error(problems.at(-1))
        }
        if (round % 10 === 0 || round === rounds || isDone())
          console.log(this.#summary(round, problems.length, startedAt))
      }
    } finally {
      await this.#server.stop()
    }
    return problems
  }

  #summary(round: number, problems: number, startedAt: number): string {
    const killed = victims.map((victim) => `${this.deaths[victim]} ${victim}`).join(', ')
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    return `${round} rounds, ${this.#runs} runs, killed: ${killed}; ${problems} problems, ${seconds} s`
  }

  async #round(): Promise<ReadonlyArray<string>> {
    const load = new MixedLoad(mkdtempSync(join(this.#folder, 'round-')))
    load.connect(this.#server.url)
    const started = kinds.map((kind) => load.start(kind, this.#leaves))
    // A refusal is looked at when the killing is over.
    for (const each of started) each.catch(() => {})
    const kills = 1 + Math.floor(Math.random() * 3)
    for (let kill = 0; kill < kills; kill++) {
      await this.#someMoment(load)
      await this.#kill(load)
    }
    const problems = (await Promise.allSettled(started)).flatMap((each) =>
      each.status === 'rejected' ? [`a run could not be started: ${String(each.reason)}`] : [],
    )
    problems.push(...(await load.verify(longestRoundMs)))
    this.#runs += load.runs.length
    if (problems.length === 0) rmSync(load.folder, { recursive: true })
    else console.error(`what happened is in ${load.ledger}`)
    return problems
  }

  /** After some more has been done, as the ledger says: while there is work, and not before or after it. */
  async #someMoment({ ledger }: MixedLoad): Promise<void> {
    const lines = readLedger(ledger).length + Math.random() * this.#leaves
    const giveUpAt = Date.now() + longestLookMs
    while (readLedger(ledger).length < lines && Date.now() < giveUpAt) await delay(5)
    await delay(Math.random() * 30)
  }

  /** Those that have been killed the least are as likely as the others, so that a few rounds kill one of each. */
  async #kill(load: MixedLoad): Promise<void> {
    const possible = victims.filter((victim) => victim !== 'database' || this.#postgres !== undefined)
    const least = Math.min(...possible.map((victim) => this.deaths[victim]))
    const rare = possible.filter((victim) => this.deaths[victim] === least)
    const choice = Math.random() < 0.5 ? rare : possible
    const victim = choice[Math.floor(Math.random() * choice.length)]!
    // What clients know to be done by then may not be done again.
    await load.look().catch(() => {})
    if (await this.#killOne(victim)) this.deaths[victim] += 1
  }

  async #killOne(victim: Victim): Promise<boolean> {
    switch (victim) {
      case 'server':
        await this.#killServer()
        return true
      case 'database':
        await this.#killDatabase()
        return true
      case 'worker':
        return killOneOf(workersOf(this.#server.pid))
      case 'process':
        return killOneOf(await this.#processes())
    }
  }

  async #killServer(): Promise<void> {
    const { port, pid } = this.#server
    const workers = workersOf(pid)
    await this.#server.kill()
    while (workers.some(isAlive)) await delay(5)
    this.#server = await this.#start(port)
  }

  /** They live shortly, and later than the runs that start them. */
  async #processes(): Promise<ReadonlyArray<number>> {
    for (let waitedMs = 0; waitedMs < longestLookMs; waitedMs += 10) {
      const processes = processesOf(this.#server.pid)
      if (processes.length > 0) return processes
      await delay(10)
    }
    return []
  }

  async #killDatabase(): Promise<void> {
    await this.#postgres?.kill()
    await delay(Math.random() * 300)
    await this.#postgres?.resume()
  }

  #start(port: number): Promise<ServerProcess> {
    const dataDir = join(this.#folder, 'data')
    return ServerProcess.start({ dataDir, port, database: this.#postgres?.url(), log: 'ignore' })
  }
}

function killOneOf(pids: ReadonlyArray<number>): boolean {
  const pid = pids[Math.floor(Math.random() * pids.length)]
  if (pid === undefined) return false
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
