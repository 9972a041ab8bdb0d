import type { Pool } from 'pg'
import { locks } from './locks.ts'

/** Condition on a row of runs: it has not ended. Written like this it is that of the index `runs_live`. */
export const isLive = '(r.phase < 5 or r.phase = 9)'

/** Condition on a row of runs: no server has it. */
const isFree = '(r.owner is null or not exists (select 1 from servers s where s.id = r.owner))'

/** A page of live runs that no server has: after a given id, those whose id divided by $3 leaves $4. */
export const freeRuns = `select id from runs r where ${isLive} and ${isFree} and id > $1 and id % $3::int8 = $4
  order by id limit $2`

/** How many servers share the runs that become free, and the place of one of them in their order. */
export const placeAmongServers = `select count(*)::int4 as divisor, (count(*) filter (where id < $1))::int4 as remainder
  from servers where url <> '' or id = $1`

/** The runs whose id divided by `divisor` leaves `remainder`. */
export interface Share {
  readonly divisor: number
  readonly remainder: number
}

export const allRuns: Share = { divisor: 1, remainder: 0 }

/**
 * Makes the server the owner of those of the runs that are free. Doing it again changes nothing, so that it can be
 * repeated when its outcome is not known.
 */
export async function takeRuns(pool: Pool, serverId: number, ids: ReadonlyArray<number>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    // One server at a time: the update after it sees what the one before has taken, and which servers there are.
    await client.query('select pg_advisory_xact_lock($1, $2)', locks.takeOver)
    await client.query(`update runs r set owner = $1 where id = any($2::int8[]) and ${isLive} and ${isFree}`, [
      serverId,
      ids,
    ])
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}
