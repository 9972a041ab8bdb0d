import type { Pool, PoolClient } from 'pg'
import { FailedPreconditionError, UnavailableError } from '@tern/core'
import { checkSecret } from '../../authoring/check-shared-options.ts'
import { checkKeys, prefixed } from '../../authoring/check-values.ts'
import { secretVariable } from '../../authoring/task-spec.ts'
import type { SecretRequest } from '../../authoring/task-options.ts'
import type { ColumnType, Row, ScalarColumnType } from '../../io/columns.ts'
import type { SqlDatabase, SqlRequest, SqlResult } from './sql-database.ts'
import { checkColumns, exactNumber, jsonText } from './sql-values.ts'

/** Which database of Postgres a query is for. */
export interface PostgresOptions {
  /** The secret whose value is the address of the database: `postgres://user:password@host:5432/name`. */
  readonly secret: SecretRequest
}

const optionKeys = new Set(['secret'])

/**
 * Postgres, with the package `pg`, which becomes a part of the code bundle. Queries of a worker share up to eight connections.
 *
 * Whole numbers come as numbers, or as bigints where those are not exact; `numeric` as numbers, dates as texts, times as `Date`,
 * of which those without a zone are taken for UTC.
 */
export function postgres(options: PostgresOptions): SqlDatabase {
  checkKeys(options, optionKeys, 'postgres()')
  prefixed('postgres()', () => checkSecret(options.secret))
  const { secret } = options
  const request = typeof secret === 'string' ? { key: secret } : secret
  const variable = secretVariable(request)
  return {
    dialect: 'postgres',
    identity: { secret: request },
    secrets: [request],
    takesTables: false,
    parameter: (number) => `$${number}`,
    async query(given, use) {
      given.signal.throwIfAborted()
      const address = process.env[variable]
      if (address === undefined || address === '') {
        throw new FailedPreconditionError(
          `the secret ${request.key} is not there: the variable ${variable} is not set`,
          {
            hint: `In a local run set ${variable}; for a server, tern create secret ${request.key}.`,
          },
        )
      }
      const server = await serverAt(address)
      const client = await server.pool.connect().catch((cause: Error) => {
        throw new UnavailableError(`the database of the secret ${request.key} does not answer: ${cause.message}`, {
          cause,
        })
      })
      return queryWith(server, client, given, use)
    },
  }
}

const maxConnections = 8
const idleMs = 10_000

interface Server {
  readonly pool: Pool
  /** Ends what a connection is executing. */
  cancel(processId: number): Promise<void>
}

const servers = new Map<string, Promise<Server>>()

function serverAt(address: string): Promise<Server> {
  let server = servers.get(address)
  if (server === undefined) {
    server = connectTo(address)
    server.catch(() => servers.delete(address))
    servers.set(address, server)
  }
  return server
}

async function connectTo(connectionString: string): Promise<Server> {
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    // What to do is in the message: of a failed attempt nothing else is kept.
    const remedy = 'run npm install pg in the project of the task, and deploy it again'
    throw new FailedPreconditionError(`postgres() needs the package pg, which is not installed: ${remedy}`, { cause })
  })
  const common = { connectionString, connectionTimeoutMillis: 30_000, application_name: 'tern' }
  const pool = new pg.Pool({ ...common, max: maxConnections, idleTimeoutMillis: idleMs, allowExitOnIdle: true })
  // An idle connection that breaks is made anew for the next query.
  pool.on('error', () => {})
  return {
    pool,
    async cancel(processId) {
      // Not one of the pool's, which may all be waiting.
      const client = new pg.Client(common)
      await client.connect()
      try {
        await client.query('select pg_cancel_backend($1)', [processId])
      } finally {
        await client.end()
      }
    },
  }
}

async function queryWith<T>(
  server: Server,
  client: PoolClient,
  { sql, values, signal }: SqlRequest,
  use: (result: SqlResult) => Promise<T>,
): Promise<T> {
  const { processID } = client as unknown as { readonly processID: number }
  const stop = () => void server.cancel(processID).catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  try {
    const result = await client.query<Row>({ text: sql, values: values.map(toPostgres), types: { getTypeParser } })
    const columns = result.fields.map(({ name }) => name)
    checkColumns(columns)
    const types = Object.fromEntries(result.fields.map(({ name, dataTypeID }) => [name, columnTypeOf(dataTypeID)]))
    return await use({ columns, types, rows: result.rows })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    client.release()
  }
}

// Numbers of Postgres's own types.
const oid = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, json: 114, float4: 700, float8: 701 } as const
const laterOid = { date: 1082, timestamp: 1114, timestamptz: 1184, numeric: 1700, jsonb: 3802 } as const
const listOid = { bool: 1000, int2: 1005, int4: 1007, text: 1009, varchar: 1015, int8: 1016, float4: 1021 } as const
const laterListOid = { float8: 1022, numeric: 1231 } as const

type Read = (text: string) => unknown

const scalarReaders: ReadonlyMap<number, Read> = new Map<number, Read>([
  [oid.bool, (text) => text === 't'],
  [oid.bytea, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
  [oid.int8, (text) => exactNumber(BigInt(text))],
  [oid.int2, Number],
  [oid.int4, Number],
  [oid.float4, Number],
  [oid.float8, Number],
  [laterOid.numeric, Number],
  [oid.json, (text) => JSON.parse(text) as unknown],
  [laterOid.jsonb, (text) => JSON.parse(text) as unknown],
  [laterOid.timestamp, (text) => new Date(`${text.replace(' ', 'T')}Z`)],
  [laterOid.timestamptz, (text) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))],
])

const itemReaders: ReadonlyMap<number, Read> = new Map<number, Read>([
  [listOid.bool, (text) => text === 't'],
  [listOid.int2, Number],
  [listOid.int4, Number],
  [listOid.int8, (text) => exactNumber(BigInt(text))],
  [listOid.float4, Number],
  [laterListOid.float8, Number],
  [laterListOid.numeric, Number],
  [listOid.text, (text) => text],
  [listOid.varchar, (text) => text],
])

function getTypeParser(type: number): Read {
  const item = itemReaders.get(type)
  return item === undefined ? (scalarReaders.get(type) ?? ((text) => text)) : (text) => readList(text, item)
}

/** A list as Postgres writes it: `{1,2,NULL}`, `{"a b",c}`. */
function readList(text: string, read: Read): unknown[] {
  const items = [...text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,{}]+)/g)]
  return items.map(([, quoted, plain]) => {
    if (quoted !== undefined) return read(quoted.replace(/\\(.)/g, '$1'))
    return plain === 'NULL' ? null : read(plain ?? '')
  })
}

function columnTypeOf(type: number): ColumnType {
  const item = Object.entries({ ...listOid, ...laterListOid }).find(([, number]) => number === type)?.[0]
  if (item !== undefined) return `list<${typeNamed(item)}>`
  const name = Object.entries({ ...oid, ...laterOid }).find(([, number]) => number === type)?.[0]
  return typeNamed(name ?? '')
}

function typeNamed(name: string): ScalarColumnType {
  if (name === 'bool') return 'boolean'
  if (name === 'date') return 'date'
  if (name.startsWith('timestamp')) return 'timestamp'
  if (name.startsWith('int')) return 'int64'
  return /^(?:float|numeric)/.test(name) ? 'double' : 'string'
}

// The driver knows lists; an object is for a column of JSON.
function toPostgres(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || Array.isArray(value)) return value
  return value instanceof Uint8Array ? Buffer.from(value) : jsonText(value)
}
