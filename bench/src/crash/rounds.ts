import { existsSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PostgresServer } from '@tern/testing/postgres'
import { ServerProcess } from '@tern/testing/server-process'
import { kinds, MixedLoad } from '../load/mixed-load.ts'
import { childrenOf } from '../process-stats.ts'

export interface RoundsOptions {
  readonly folder: string
  /** Undefined for the embedded database. */
  readonly postgres: PostgresServer | undefined
}

type Victim = 'server' | 'worker' | 'database'

const leaves = 300
const longestRoundMs = 60_000

/** Rounds of load on one data folder, in each of which something is killed. */
export class Rounds {
  readonly #folder: string
  readonly #postgres: PostgresServer | undefined
  readonly #deaths = { server: 0, worker: 0, database: 0 }
  #server!: ServerProcess
  #runs = 0

  constructor({ folder, postgres }: RoundsOptions) {
    this.#folder = folder
    this.#postgres = postgres
  }

  /** Returns the number of problems. */
  async run(rounds: number): Promise<number> {
    const startedAt = Date.now()
    let problems = 0
    this.#server = await this.#start(0)
    try {
      for (let round = 1; round <= rounds; round++) {
        for (const problem of await this.#round()) {
          problems += 1
          console.error(`round ${round}: ${problem}`)
        }
        if (round % 10 === 0 || round === rounds) console.log(this.#summary(round, problems, startedAt))
      }
    } finally {
      await this.#server.stop()
    }
    return problems
  }

  #summary(round: number, problems: number, startedAt: number): string {
    const { server, worker, database } = this.#deaths
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    const killed = `${server} servers, ${worker} workers, ${database} databases killed`
    return `${round} rounds, ${this.#runs} runs, ${killed}, ${problems} problems, ${seconds} s`
  }

  async #round(): Promise<ReadonlyArray<string>> {
    const load = new MixedLoad(mkdtempSync(join(this.#folder, 'round-')))
    load.connect(this.#server.url)
    const problems: string[] = []
    const started = kinds.map((kind) => load.start(kind, leaves))
    // A refusal is looked at when the killing is over.
    for (const each of started) each.catch(() => {})
    const checks: (() => ReadonlyArray<string>)[] = []
    const kills = 1 + Math.floor(Math.random() * 3)
    for (let kill = 0; kill < kills; kill++) {
      await delay(Math.random() * 400)
      checks.push(await this.#kill(load))
    }
    for (const each of await Promise.allSettled(started)) {
      if (each.status === 'rejected') problems.push(`a run could not be started: ${String(each.reason)}`)
    }
    problems.push(...(await load.verify(longestRoundMs)), ...checks.flatMap((check) => check()))
    this.#runs += load.runs.length
    return problems
  }

  /** Returns what tells, in the end, which actions ran again that were known to have ended before. */
  async #kill(load: MixedLoad): Promise<() => ReadonlyArray<string>> {
    const victims: ReadonlyArray<Victim> = ['server', 'worker', ...(this.#postgres ? ['database' as const] : [])]
    const victim = victims[Math.floor(Math.random() * victims.length)]!
    const finished = await load.finished().catch((): ReadonlySet<string> => new Set())
    const before = load.executions().length
    this.#deaths[victim] += 1
    if (victim === 'server') await this.#killServer()
    else if (victim === 'worker') this.#killWorker()
    else await this.#killDatabase()
    return () => {
      const again = load.executions().slice(before)
      return again
        .filter((leaf) => finished.has(leaf))
        .map((leaf) => `${leaf} ran after its end: a ${victim} was killed`)
    }
  }

  async #killServer(): Promise<void> {
    const { port, pid } = this.#server
    const workers = childrenOf(pid)
    await this.#server.kill()
    while (workers.some((worker) => existsSync(`/proc/${worker}`))) await delay(5)
    this.#server = await this.#start(port)
  }

  #killWorker(): void {
    const workers = childrenOf(this.#server.pid)
    const worker = workers[Math.floor(Math.random() * workers.length)]
    if (worker !== undefined) process.kill(worker, 'SIGKILL')
  }

  async #killDatabase(): Promise<void> {
    await this.#postgres?.crash()
    await delay(Math.random() * 300)
    await this.#postgres?.resume()
  }

  #start(port: number): Promise<ServerProcess> {
    const dataDir = join(this.#folder, 'data')
    return ServerProcess.start({ dataDir, port, database: this.#postgres?.url(), log: 'ignore' })
  }
}
