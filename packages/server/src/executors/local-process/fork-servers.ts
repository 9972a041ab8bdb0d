import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@tern/core'
import type { Logger } from 'pino'
import type { PoolLoad } from '../executor.ts'
import { ForkOutputs } from './fork-outputs.ts'
import { ForkServer, type ForkRequest, type SharedCode } from './fork-server.ts'
import { residentMemoryOf } from './process-memory.ts'
import type { StartedProcess } from './started-process.ts'

export interface ForkServersOptions {
  /** Folder for the socket that output comes in by. */
  readonly folder: string
  readonly graceMs: number
  /** How long one with nothing to do is kept, in milliseconds. */
  readonly idleMs: number
  readonly clock: Clock
  readonly logger: Logger
}

/** What the processes that one fork server makes have in common. */
export interface WarmEnvironment {
  /** The same for tasks that can share what is loaded. */
  readonly key: string
  readonly python: string
  /** The variables that it is started with. */
  readonly env: Readonly<Record<string, string>>
  readonly shared: SharedCode | null
  /** How long it is kept with nothing to do, in milliseconds; null for the usual. */
  readonly idleMs: number | null
}

interface Entry {
  readonly server: ForkServer
  readonly environment: WarmEnvironment
  idleSince: number
  timer: NodeJS.Timeout | undefined
  /** Who waits for it, or has a process of it. */
  users: number
}

// Each holds some 60 MiB. With more different environments than that, the one that has rested the longest makes room.
const mostServers = 8
const warmUpMs = 120_000
// The longest path of a socket on Linux, without the zero at its end.
const longestAddress = 107
const mostRemembered = 1000

/** The fork servers of this machine: one for each environment that tasks run in, started when the first one does. */
export class ForkServers {
  readonly #options: ForkServersOptions
  readonly #servers = new Map<string, Entry>()
  /** Environments that are not for forking. */
  readonly #unusable = new Set<string>()
  #outputs: Promise<ForkOutputs | undefined> | undefined
  #started = 0
  /** For the socket, where the usual place has too long a name. */
  #shortFolder: string | undefined
  #isStopped = false

  constructor(options: ForkServersOptions) {
    this.#options = options
  }

  /** Undefined when the process has to be started in another way. Never rejects. */
  async fork(environment: WarmEnvironment, request: ForkRequest): Promise<StartedProcess | undefined> {
    const { key } = environment
    if (this.#isStopped) return undefined
    this.#outputs ??= this.#listen()
    const outputs = await this.#outputs
    if (outputs === undefined || this.#isStopped || this.#unusable.has(key)) return undefined
    const entry = this.#servers.get(key) ?? this.#start(environment, outputs)
    if (entry === undefined) return undefined
    this.#use(entry)
    const forked = await entry.server.fork(request)
    if (forked === undefined) this.#release(environment, entry)
    else void forked.exit.then(() => this.#release(environment, entry))
    return forked
  }

  get loads(): ReadonlyArray<PoolLoad> {
    return [...this.#servers.values()].map(toLoad)
  }

  /** Ends all of them, and what they have forked. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { server, timer } of this.#servers.values()) {
      clearTimeout(timer)
      server.kill()
    }
    await Promise.all([...this.#servers.values()].map(({ server }) => server.exited))
    const outputs = await this.#outputs
    outputs?.close()
    if (this.#shortFolder !== undefined) rmSync(this.#shortFolder, { recursive: true, force: true })
  }

  /** What happens to them when this process is killed. */
  abandon(): void {
    for (const { server } of this.#servers.values()) server.hangUp()
  }

  #start(environment: WarmEnvironment, outputs: ForkOutputs): Entry | undefined {
    const { key, python, env, shared } = environment
    if (this.#servers.size >= mostServers && !this.#makeRoom()) return undefined
    const { folder, graceMs, logger } = this.#options
    this.#started += 1
    const codeFolder = join(folder, `${process.pid}-code-${this.#started}`)
    const copied = shared === null ? null : { ...shared, folder: codeFolder }
    const server = new ForkServer({ python, env, outputs, graceMs, warmUpMs, shared: copied })
    void server.exited.then(() => rmSync(codeFolder, { recursive: true, force: true }))
    const entry: Entry = { server, environment, idleSince: 0, timer: undefined, users: 0 }
    this.#servers.set(key, entry)
    void server.exited.then(() => this.#servers.get(key) === entry && this.#servers.delete(key))
    void server.ready.then((reason) => {
      if (reason === null || this.#isStopped) return
      logger.warn({ python, reason, modules: shared?.modules }, 'tasks start in fresh processes: forking does not work')
      if (this.#unusable.size >= mostRemembered) this.#unusable.clear()
      this.#unusable.add(key)
    })
    return entry
  }

  #makeRoom(): boolean {
    const [key, entry] = [...this.#servers].find(([, { users }]) => users === 0) ?? []
    if (key === undefined || entry === undefined) return false
    this.#end(key, entry)
    return true
  }

  #use(entry: Entry): void {
    entry.users += 1
    clearTimeout(entry.timer)
  }

  #release({ key, idleMs }: WarmEnvironment, entry: Entry): void {
    entry.users -= 1
    if (entry.users > 0 || this.#isStopped || this.#servers.get(key) !== entry) return
    // The last is the one that has rested for the shortest time.
    this.#servers.delete(key)
    if (entry.server.isGone) return
    this.#servers.set(key, entry)
    entry.idleSince = this.#options.clock.now()
    entry.timer = setTimeout(() => this.#end(key, entry), idleMs ?? this.#options.idleMs)
    entry.timer.unref()
  }

  #end(key: string, entry: Entry): void {
    this.#servers.delete(key)
    clearTimeout(entry.timer)
    entry.server.kill()
  }

  async #listen(): Promise<ForkOutputs | undefined> {
    const { folder, logger } = this.#options
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      removeOfTheDead(folder)
      return await ForkOutputs.listen(this.#address())
    } catch (err) {
      logger.warn({ err }, 'tasks start in fresh processes')
      return undefined
    }
  }

  #address(): string {
    const address = join(this.#options.folder, `${process.pid}.sock`)
    if (Buffer.byteLength(address) <= longestAddress) return address
    this.#shortFolder = mkdtempSync(join(tmpdir(), 'tern-'))
    return join(this.#shortFolder, 'forks.sock')
  }
}

function toLoad({ server, environment: { python, shared }, users, idleSince }: Entry): PoolLoad {
  const pid = server.pid ?? 0
  const isIdle = users === 0
  return {
    kind: 'python',
    environment: shared?.modules.join(', ') ?? '',
    bundle: python,
    workers: [
      {
        pid,
        state: isIdle ? 'idle' : 'busy',
        attempts: users,
        parents: 0,
        idleSince: isIdle ? idleSince : null,
        memoryBytes: residentMemoryOf(pid),
      },
    ],
    maxWorkers: 1,
    pending: 0,
  }
}

/** Sockets and code that servers have left which were killed, or which had this one's number. */
function removeOfTheDead(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number.parseInt(name, 10)
    if (pid === process.pid || !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
