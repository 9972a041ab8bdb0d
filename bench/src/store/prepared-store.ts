import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gatherStatistics, openStore } from '@tern/server/internal'
import { pino } from 'pino'
import { fill, type Filled } from './fill.ts'
import type { Sizes } from './sizes.ts'

/** A store that is full, for one server. */
export interface PreparedStore {
  readonly dataDir: string
  readonly filled: Filled
  /** Undefined when it had been kept. */
  readonly fillSeconds: number | undefined
  remove(): void
}

export interface PrepareOptions {
  readonly sizes: Sizes
  readonly database: string | undefined
  readonly keep: string | undefined
}

// What was filled before this changed has to be filled again.
const edition = 1

/**
 * Fills a store, or takes the one that was kept from the last time. Of an embedded store that is kept a copy is used; a
 * database is used as it is, with the runs that measuring has added to it.
 */
export async function prepareStore(options: PrepareOptions): Promise<PreparedStore> {
  const { keep, database, sizes } = options
  const dataDir = mkdtempSync(join(tmpdir(), 'tern-bench-'))
  const remove = () => rmSync(dataDir, { recursive: true, force: true })
  try {
    const kept = keep && keptStore(keep, options)
    if (kept !== undefined && kept !== '') {
      if (database === undefined) cpSync(join(keep!, 'data'), dataDir, { recursive: true })
      return { dataDir, filled: kept, fillSeconds: undefined, remove }
    }
    const begin = performance.now()
    const store = await openStore({ dataDir, database, logger: pino({ level: 'warn' }, pino.destination(2)) })
    const filled = await fill(store, sizes)
    // A database server does so some minutes later; the embedded store never does.
    if (database !== undefined) await gatherStatistics(store.queries)
    await store.close()
    if (keep !== undefined) keepStore(keep, dataDir, filled, options)
    return { dataDir, filled, fillSeconds: (performance.now() - begin) / 1000, remove }
  } catch (error) {
    remove()
    throw error
  }
}

function stampOf({ sizes, database }: PrepareOptions): string {
  return JSON.stringify({ edition, sizes, database: database ?? null })
}

function keptStore(keep: string, options: PrepareOptions): Filled | undefined {
  const file = join(keep, 'filled.json')
  if (!existsSync(file)) return undefined
  const { stamp, filled } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly stamp: string
    readonly filled: Filled
  }
  return stamp === stampOf(options) ? filled : undefined
}

function keepStore(keep: string, dataDir: string, filled: Filled, options: PrepareOptions): void {
  rmSync(keep, { recursive: true, force: true })
  mkdirSync(keep, { recursive: true })
  cpSync(dataDir, join(keep, 'data'), { recursive: true })
  writeFileSync(join(keep, 'filled.json'), JSON.stringify({ stamp: stampOf(options), filled }))
}
