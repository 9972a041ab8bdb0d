import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { fromBinary } from '@bufbuild/protobuf'
import type { Literal } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import { emptyFolder } from '../io/place.ts'

/** A result that is used again. */
export interface CachedOutputs {
  /** A serialised flyteidl2.task.Outputs. */
  readonly outputs: Uint8Array
  /** The attempt that computed it: `project/domain/run/action/attempt`. */
  readonly source: string
}

/** The folder where local runs keep what the next ones use. */
function localFolder(): string {
  return resolve(process.env['TERN_LOCAL_DIR'] || join('.tern', 'local'))
}

/** What comes after it tells caches in memory from each other. */
const inMemory = ':memory:'
const opened = new Map<string, LocalCache>()

/** Results of cached tasks, by the keys that servers have them under, in a file that the processes of a machine share. */
export class LocalCache {
  /** Of one file, or of the memory of this process. */
  static of(file: string = join(localFolder(), 'cache.db')): LocalCache {
    const path = file.startsWith(inMemory) ? file : resolve(file)
    const cache = opened.get(path) ?? new LocalCache(path)
    opened.set(path, cache)
    return cache
  }

  readonly file: string
  #opening: Promise<void> | undefined
  #database: DatabaseSync | undefined
  #select: StatementSync | undefined
  #insert: StatementSync | undefined

  private constructor(file: string) {
    this.file = file
  }

  /** A cache that cannot be read is no reason not to compute. */
  async find(key: string): Promise<CachedOutputs | undefined> {
    await this.#open()
    try {
      const row = this.#select?.get(key) as { outputs: Uint8Array; source: string } | undefined
      return row !== undefined && filesExist(row.outputs) ? { outputs: row.outputs, source: row.source } : undefined
    } catch {
      return undefined
    }
  }

  /** @returns whether it is kept */
  keep(key: string, { outputs, source }: CachedOutputs): boolean {
    try {
      return this.#insert?.run(key, outputs, source, Date.now()) !== undefined
    } catch {
      return false
    }
  }

  /**
   * Forgets every result.
   *
   * @returns how many there were
   */
  async clear(): Promise<number> {
    if (!this.file.startsWith(inMemory) && !existsSync(this.file)) return 0
    await this.#open()
    return Number(this.#database?.prepare('delete from results').run().changes ?? 0)
  }

  close(): void {
    this.#database?.close()
    opened.delete(this.file)
  }

  #open(): Promise<void> {
    return (this.#opening ??= this.#openDatabase())
  }

  async #openDatabase(): Promise<void> {
    // Loaded when it is needed, which in a worker is never.
    const { DatabaseSync } = await import('node:sqlite')
    try {
      const isInMemory = this.file.startsWith(inMemory)
      if (!isInMemory) mkdirSync(dirname(this.file), { recursive: true })
      const database = new DatabaseSync(isInMemory ? inMemory : this.file)
      database.exec(`
        pragma busy_timeout = 5000;
        pragma journal_mode = wal;
        pragma synchronous = normal;
        create table if not exists results (
          cache_key text primary key, outputs blob not null, source text not null, created_at integer not null
        ) without rowid;
      `)
      this.#select = database.prepare('select outputs, source from results where cache_key = ?')
      this.#insert = database.prepare('insert or replace into results values (?, ?, ?, ?)')
      this.#database = database
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      process.emitWarning(`results are not cached: ${this.file} cannot be opened: ${reason}`, 'TernWarning')
    }
  }
}

/** Whether the files of this machine are still there that outputs refer to. */
function filesExist(outputs: Uint8Array): boolean {
  return fromBinary(OutputsSchema, outputs).literals.every(({ value }) => value === undefined || holds(value))
}

function holds({ value }: Literal): boolean {
  if (value.case === 'collection') return value.value.literals.every(holds)
  if (value.case === 'map') return Object.values(value.value.literals).every(holds)
  if (value.case !== 'scalar') return true
  const { value: scalar } = value.value
  if (scalar.case === 'union') return scalar.value.value === undefined || holds(scalar.value.value)
  if (scalar.case !== 'blob' && scalar.case !== 'structuredDataset') return true
  const { uri } = scalar.value
  if (uri === emptyFolder) return true
  if (uri.startsWith('file:')) return existsSync(fileURLToPath(uri))
  return !uri.startsWith('/') || existsSync(uri)
}
