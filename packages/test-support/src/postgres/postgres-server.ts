import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { lastingPort, untilFree } from '../lasting-port.ts'
import { copyPostgres, findPostgres } from './binaries.ts'
import { temporaryFolderOf, unprivilegedUser, type User } from './unprivileged.ts'

export interface PostgresServerOptions {
  /** Whether commits reach the disk, as they must where it counts. Defaults to false: tests lose nothing. */
  readonly durable?: boolean
}

const user = 'tern'
const password = 'a test password'

// Runs Postgres until standard input is closed, however the process at its other end went.
const untilClosed = `
  exec 3<&0
  "$@" 3<&- &
  postgres=$!
  (cat <&3 >/dev/null; kill -QUIT $postgres 2>/dev/null) &
  wait $postgres`

/**
 * A Postgres of its own on a free port of the loopback interface, with its data in a temporary folder. Words are
 * ordered as English has them, so that what relies on the order of bytes shows.
 */
export class PostgresServer {
  readonly port: number
  readonly #bin: string
  readonly #folder: string
  readonly #user: User | undefined
  readonly #isDurable: boolean
  #process: ChildProcess | undefined

  private constructor(bin: string, folder: string, owner: User | undefined, port: number, isDurable: boolean) {
    this.#bin = bin
    this.#folder = folder
    this.#user = owner
    this.port = port
    this.#isDurable = isDurable
  }

  /** Whether there is a Postgres to start: on platforms that the npm packages are made for, and where one is installed. */
  static get isAvailable(): boolean {
    return findPostgres() !== undefined
  }

  /** Resolves once it accepts connections. */
  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    const found = findPostgres()
    if (found === undefined) throw new Error(`no Postgres for ${process.platform}-${process.arch}: install one`)
    const owner = unprivilegedUser()
    const folder = temporaryFolderOf(owner)
    try {
      const bin = copyPostgres(found, join(folder, 'postgres'))
      const server = new PostgresServer(bin, folder, owner, await lastingPort(), options.durable ?? false)
      server.#initialize()
      await server.resume()
      return server
    } catch (error) {
      rmSync(folder, { recursive: true })
      throw error
    }
  }

  /** Address of a database; `postgres`, which is there and empty, unless another is named. */
  url(database = 'postgres'): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`
  }

  /** Ends it at once, as a crash does; its data stays. */
  async crash(): Promise<void> {
    await this.#ended()
  }

  /** Ends all its processes with SIGKILL: none of them does anything about it. Its data stays. */
  async kill(): Promise<void> {
    const [pid] = readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n')
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', pid!], { encoding: 'utf8' }).stdout.trim().split(/\s+/)
    for (const each of [pid, ...children]) signalKill(Number(each))
    await this.#ended()
  }

  /** Starts it again after a crash, on the same data and port. */
  async resume(): Promise<void> {
    await untilFree(this.port)
    const server = spawn('/bin/sh', ['-c', untilClosed, 'sh', join(this.#bin, 'postgres'), ...this.#arguments()], {
      ...this.#user,
      cwd: this.#folder,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#process = server
    await ready(server)
  }

  /** Ends it and deletes its data. */
  async stop(): Promise<void> {
    await this.crash()
    rmSync(this.#folder, { recursive: true })
  }

  async #ended(): Promise<void> {
    const ended = this.#process
    this.#process = undefined
    if (ended === undefined) return
    ended.stdin?.end()
    if (ended.exitCode === null && ended.signalCode === null) await once(ended, 'exit')
  }

  #initialize(): void {
    const passwordFile = join(this.#folder, 'password')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (this.#user !== undefined) chownSync(passwordFile, this.#user.uid, this.#user.gid)
    const options = ['--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256']
    const locale = ['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'icu', '--icu-locale', 'en']
    const data = ['--pgdata', join(this.#folder, 'data'), '--no-sync', '--no-instructions']
    const { status, stderr } = spawnSync(join(this.#bin, 'initdb'), [...options, ...locale, ...data], {
      ...this.#user,
      cwd: this.#folder,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`)
  }

  #arguments(): ReadonlyArray<string> {
    const onOff = this.#isDurable ? 'on' : 'off'
    const settings = {
      port: this.port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      fsync: onOff,
      full_page_writes: onOff,
      synchronous_commit: onOff,
    }
    const data = ['-D', join(this.#folder, 'data')]
    return [...data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  }
}

/** Resolves when the server says that it is. Goes on reading its log, so that it never waits for a reader. */
async function ready(server: ChildProcess): Promise<void> {
  const log: string[] = []
  const accepting = Promise.withResolvers<void>()
  createInterface({ input: server.stderr! })
    .on('line', (line) => {
      if (log.length < 50) log.push(line)
      if (line.includes('ready to accept connections')) accepting.resolve()
    })
    .on('close', () => accepting.reject(new Error(`Postgres did not start:\n${log.join('\n')}`)))
  server.on('error', (error) => accepting.reject(error))
  await accepting.promise
}

function signalKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It may have ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
