import { DatabaseError as PostgresError } from 'pg'
import { DatabaseError } from '../store-errors.ts'
import type { DatabaseAddress } from './address.ts'

/** Reasons of Node for a connection that cannot be made or that broke, by what they mean to a person. */
const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up right now',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'the host does not answer',
}

/** What pg says when a connection breaks, or cannot be made in time, without a code. */
const brokenConnection =
  /^(Connection terminated|timeout e|Query read timeout|Client (has encountered a connection|was closed))/

// 08 connection, 40 rollback (a deadlock, a serialization failure), 53 out of resources (disk, memory, connections),
// 57P the server shuts down or starts, 58 its system failed, 25006 it is a replica right now, 55P03 a lock.
const transientStates = /^(08|40|53|57P|58|25006|55P03|57014)/

/** Whether what failed may work when it is simply done again. */
export function isTransientError(error: unknown): boolean {
  if (error instanceof PostgresError) return transientStates.test(error.code ?? '')
  return isBrokenConnection(error)
}

/** Whether a transaction had to give way to another one: a deadlock, or what cannot be put in an order. */
export function isConflict(error: unknown): boolean {
  return error instanceof PostgresError && (error.code === '40P01' || error.code === '40001')
}

/** Whether there is no telling what became of what was asked: the connection it was asked over is gone. */
export function isBrokenConnection(error: unknown): boolean {
  if (error instanceof PostgresError) return /^(08|57P)/.test(error.code ?? '')
  return error instanceof Error && (codeOf(error) in networkReasons || brokenConnection.test(error.message))
}

/** Whether a row of the same name is there already. */
export function isTakenName(error: unknown): boolean {
  return stateOf(error) === '23505'
}

/** Whether a value is of another kind, or larger, than what it was compared with: it came with a request. */
export function isUnfitValue(error: unknown): error is Error {
  return error instanceof PostgresError && error.code?.startsWith('22') === true
}

/** What a person can do about a database that cannot be used. */
export function toDatabaseError(cause: unknown, address: DatabaseAddress): DatabaseError {
  const { server, user, database } = address
  if (isAuthenticationProblem(cause)) {
    return new DatabaseError(`the database server at ${server} refuses the user ${user}: ${cause.message}`, {
      hint: 'Check the user name and the password in the address of the database.',
      cause,
    })
  }
  if (stateOf(cause) === '3D000') {
    return new DatabaseError(`there is no database ${database} at ${server}`, {
      hint: `Create it, for example with: create database "${database}" encoding 'UTF8' template template0`,
      cause,
    })
  }
  if (stateOf(cause) === '42501') {
    return new DatabaseError(`the user ${user} may not create tables in the database ${database} at ${server}`, {
      hint: 'Make that user the owner of the database, or grant it the right to create tables in the schema.',
      cause,
    })
  }
  const reason = reasonOf(cause)
  return new DatabaseError(`cannot use the database ${database} at ${server}: ${reason}`, {
    hint: 'Check the address, and that the server runs and accepts connections from this machine.',
    cause,
  })
}

function isAuthenticationProblem(error: unknown): error is Error {
  if (error instanceof PostgresError) return error.code?.startsWith('28') === true
  return error instanceof Error && error.message.startsWith('SASL')
}

function stateOf(error: unknown): string | undefined {
  return error instanceof PostgresError ? error.code : undefined
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = codeOf(error)
  if (code in networkReasons) return `${networkReasons[code]} (${code})`
  return error.message.startsWith('timeout e') ? 'the host does not answer' : error.message
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
