/** What sets this program's advisory locks apart from those that others take in the same database: "tern" in ASCII. */
const program = 0x7465726e
/** Followed by the number of a server: "teri", for ids. */
const servers = 0x74657269

/** Advisory locks, as the two numbers that Postgres knows them by. */
export const locks = {
  /** Held while the tables are brought up to date. */
  migration: [program, 1],
  /** Shared by all servers. Versions that did not share their database held it alone. */
  together: [program, 2],
  /** Held while a server takes over runs that nobody has: they are given out one server at a time. */
  takeOver: [program, 3],
  /** Held by a server's connection for commits, as long as it is there: who holds it is alive. */
  server: (id: number): [number, number] => [servers, id],
}

/** Condition on a row of pg_locks: it is about the lock of a server of this database. */
export const isLockOfServer = `locktype = 'advisory' and classid = ${servers} and objsubid = 2
  and database = (select oid from pg_database where datname = current_database())`

/** Condition on a row of pg_locks: it is about the lock of the server whose number is given. */
export function isLockOf(id: string): string {
  return `${isLockOfServer} and objid = ${id}`
}
