import { Client } from 'pg'
import { DatabaseError } from '../store-errors.ts'

/** Where a database is. Only `url` holds the password: the rest may be shown. */
export interface DatabaseAddress {
  readonly url: string
  /** `host:port`, or the folder of a Unix socket. */
  readonly server: string
  readonly user: string
  readonly database: string
  /** How long to wait for a connection, in milliseconds. */
  readonly connectTimeoutMs: number
}

const defaultConnectTimeoutMs = 10_000

const example = 'postgres://user:password@host:5432/database'

/**
 * Reads an address such as `postgres://user:password@host:5432/database`. What it leaves out comes from the environment
 * variables that all Postgres programs read, such as PGPASSWORD.
 *
 * Throws DatabaseError. Neither its message nor its cause repeats the address, which may hold a password.
 */
export function parseAddress(url: string): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new DatabaseError('the address of the database does not begin with postgres://', { hint: hint() })
  }
  const client = parse(url)
  const { host, port, user = '', database = '' } = client
  const server = host.startsWith('/') ? host : `${host}:${port}`
  return { url, server, user, database, connectTimeoutMs: connectTimeoutIn(url) }
}

/** The parameter that all Postgres programs know, in seconds. */
function connectTimeoutIn(url: string): number {
  const seconds = Number(/[?&]connect_timeout=(\d+)/.exec(url)?.[1] ?? 0)
  return seconds > 0 ? seconds * 1000 : defaultConnectTimeoutMs
}

function parse(url: string): Client {
  try {
    return new Client({ connectionString: url })
  } catch {
    throw new DatabaseError('the address of the database cannot be read', { hint: hint() })
  }
}

function hint(): string {
  return `It looks like ${example}; characters such as @ or / in a password are written as %40 and %2F.`
}
