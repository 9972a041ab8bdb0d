/** What sets this program's advisory locks apart from those that others take in the same database: "tern" in ASCII. */
const program = 0x7465726e

/** Advisory locks, as the two numbers that Postgres knows them by. */
export const locks = {
  /** Held while the tables are brought up to date. */
  migration: [program, 1],
  /** Held by the server whose engine works on the runs of the database, as long as it does. */
  engine: [program, 2],
}
