import { UnavailableError } from '@tern/core'
import type { QueryDatabase } from './query-database.ts'

/** Names one entry, and the reservation of it. Keys of different projects and domains have nothing in common. */
export interface CacheEntryKey {
  readonly project: string
  readonly domain: string
  readonly key: string
}

/** An entry as it is stored. */
export interface CacheEntry {
  readonly outputUri: string
  /** flyteidl2.cacheservice.Metadata, without its times. */
  readonly metadata: Uint8Array
  readonly createdAt: number
  readonly updatedAt: number
}

export interface NewCacheEntry {
  readonly outputUri: string
  readonly metadata: Uint8Array
  /** Null to keep that of the entry before, or take the time of the write. */
  readonly createdAt: number | null
}

/** Which entry a new one may replace. */
export interface Replaceable {
  /** Those written last before this time: Infinity for any, -Infinity for none. */
  readonly updatedBefore: number
}

/** Who is computing an entry. */
export interface Reservation {
  readonly owner: string
  readonly heartbeatMs: number
  readonly expiresAt: number
}

const reservationColumns = ['owner', 'heartbeat_ms', 'expires_at'] as const
const maxClaims = 5
const purgeSize = 500

/** Cached outputs and reservations of the cache service. Each method is one atomic statement. */
export class CacheEntriesRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async find({ project, domain, key }: CacheEntryKey): Promise<CacheEntry | undefined> {
    const row = await this.#database.db
      .selectFrom('cache_entries')
      .select(['output_uri', 'metadata', 'created_at', 'updated_at'])
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('key', '=', key)
      .executeTakeFirst()
    return (
      row && {
        outputUri: row.output_uri,
        metadata: row.metadata,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      }
    )
  }

  /** False when there is an entry that may not be replaced. */
  async put(key: CacheEntryKey, entry: NewCacheEntry, replaceable: Replaceable, at: number): Promise<boolean> {
    const { updatedBefore } = replaceable
    const values = { output_uri: entry.outputUri, metadata: entry.metadata, updated_at: at }
    const insert = this.#database.db
      .insertInto('cache_entries')
      .values({ ...key, ...values, created_at: entry.createdAt ?? at })
      .onConflict((conflict) => {
        const columns = conflict.columns(['project', 'domain', 'key'])
        if (updatedBefore === -Infinity) return columns.doNothing()
        const update = columns.doUpdateSet({
          ...values,
          ...(entry.createdAt === null ? {} : { created_at: entry.createdAt }),
        })
        return updatedBefore === Infinity ? update : update.where('cache_entries.updated_at', '<', updatedBefore)
      })
    return (await insert.returning('key').executeTakeFirst()) !== undefined
  }

  /** False when there was none. */
  async delete({ project, domain, key }: CacheEntryKey): Promise<boolean> {
    const deleted = await this.#database.db
      .deleteFrom('cache_entries')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('key', '=', key)
      .returning('key')
      .executeTakeFirst()
    return deleted !== undefined
  }

  /** Makes or extends a reservation, unless another owner has one that has not expired; returns the one that holds. */
  async reserve(key: CacheEntryKey, wanted: Reservation, at: number): Promise<Reservation> {
    // The holder may let go between the two statements, and then there is another chance.
    for (let claim = 0; claim < maxClaims; claim++) {
      const held = (await this.#claim(key, wanted, at)) ?? (await this.#holder(key))
      if (held !== undefined) return held
    }
    throw new UnavailableError(`the reservation of ${key.key} changes hands too fast`, { hint: 'Try again.' })
  }

  /** Gives a reservation up, if it is this owner's. */
  async release({ project, domain, key }: CacheEntryKey, owner: string): Promise<void> {
    await this.#database.db
      .deleteFrom('cache_reservations')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('key', '=', key)
      .where('owner', '=', owner)
      .execute()
  }

  /** Deletes reservations that nobody extended in time, a few hundred at most, the oldest first. Returns how many. */
  async purgeReservations(at: number): Promise<number> {
    const expired = this.#database.db
      .selectFrom('cache_reservations')
      .select(['project', 'domain', 'key'])
      .where('expires_at', '<=', at)
      .orderBy('expires_at')
      .limit(purgeSize)
    const { numDeletedRows } = await this.#database.db
      .deleteFrom('cache_reservations')
      .where((eb) => eb(eb.refTuple('project', 'domain', 'key'), 'in', expired.$asTuple('project', 'domain', 'key')))
      // Asked again, since one may have been extended meanwhile.
      .where('expires_at', '<=', at)
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }

  async #claim(key: CacheEntryKey, wanted: Reservation, at: number): Promise<Reservation | undefined> {
    const values = { owner: wanted.owner, heartbeat_ms: wanted.heartbeatMs, expires_at: wanted.expiresAt }
    const row = await this.#database.db
      .insertInto('cache_reservations')
      .values({ ...key, ...values })
      .onConflict((conflict) =>
        conflict
          .columns(['project', 'domain', 'key'])
          .doUpdateSet(values)
          .where((eb) =>
            eb.or([eb('cache_reservations.owner', '=', wanted.owner), eb('cache_reservations.expires_at', '<=', at)]),
          ),
      )
      .returning(reservationColumns)
      .executeTakeFirst()
    return row && toReservation(row)
  }

  async #holder({ project, domain, key }: CacheEntryKey): Promise<Reservation | undefined> {
    const row = await this.#database.db
      .selectFrom('cache_reservations')
      .select(reservationColumns)
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('key', '=', key)
      .executeTakeFirst()
    return row && toReservation(row)
  }
}

function toReservation(row: {
  readonly owner: string
  readonly heartbeat_ms: number
  readonly expires_at: number
}): Reservation {
  return { owner: row.owner, heartbeatMs: row.heartbeat_ms, expiresAt: row.expires_at }
}
