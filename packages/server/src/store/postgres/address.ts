import { Client } from 'pg'
import { DatabaseError } from '../store-errors.ts'

/** Where a database is. Only `url` holds the password: the rest may be shown. */
export interface DatabaseAddress {
  readonly url: string
  /** `host:port`, or the folder of a Unix socket. */
  readonly server: string
  readonly user: string
  readonly database: string
}

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
  return { url, server: host.startsWith('/') ? host : `${host}:${port}`, user, database }
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
