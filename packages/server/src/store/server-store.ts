/** A server on the database, as it says of itself. */
export interface ServerRecord {
  readonly id: number
  /** Where the others reach it; empty while it starts. */
  readonly url: string
  /** Grows as long as the server is well. */
  readonly beat: number
  /** How many messages it has sent. */
  readonly sent: number
}

export interface ServerFacts {
  /** Where other servers reach this one: `http://host:port`. */
  readonly url: string
  readonly version: string
  /** What the servers must have the same keys for, by the name of the key: tells keys apart without telling them. */
  readonly keys: Readonly<Record<string, string>>
}

/** What happens among the servers of a database. */
export type ServerEvent =
  /** A server is there, or is there no longer: it stopped, or was taken for dead. */
  | { readonly kind: 'joined' | 'left'; readonly id: number }
  | { readonly kind: 'message'; readonly from: number; readonly number: number; readonly body: string }
  /** Events may have been missed. */
  | { readonly kind: 'missed' }

/**
 * The servers that share a database, seen from one of them. Methods throw whatever keeps them from reaching the database,
 * and a DatabaseError once this server has been taken for dead.
 */
export interface ServerStore {
  /** This server's number, which is never given to another. */
  readonly id: number
  /**
   * Makes this server known to the others, which may ask it for what it has from then on. An earlier server of the same
   * address that has died is removed.
   *
   * Throws DatabaseError when a living server has the same address, or has other keys.
   */
  announce(facts: ServerFacts): Promise<void>
  /** Tells what happens, from now on until the store is closed. */
  listen(listener: (event: ServerEvent) => void): void
  /** Says that this server is well and how many messages it has sent. Returns the others. */
  beat(sent: number): Promise<ReadonlyArray<ServerRecord>>
  /**
   * Removes a server that has ended, so that its runs can be taken over. False when it has not: its connection is there.
   *
   * @param force cuts its connection, so that it can write nothing more, and removes it all the same
   */
  remove(id: number, force: boolean): Promise<boolean>
  /** Sends messages to the other servers, numbered from `first`. Each is a text of at most `maxMessageBytes`. */
  send(first: number, bodies: ReadonlyArray<string>): Promise<void>
}

/** Largest message that can be sent, in bytes: Postgres takes 8,000, with what is put before it. */
export const maxMessageBytes = 7900
