import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type Duration, durationFromMs, durationMs, timestampFromMs } from '@bufbuild/protobuf/wkt'
import { AlreadyExistsError, type Clock, fromTimestamp, InvalidArgumentError, NotFoundError } from '@tern/core'
import { v1 } from '@tern/idl/cacheservice'
import type { CacheEntriesRepository, CacheEntryKey, Replaceable } from '../store/cache-entries-repository.ts'

export interface CacheEntriesParts {
  readonly repository: CacheEntriesRepository
  readonly clock: Clock
}

const maxKeyLength = 512
const maxOwnerLength = 512
const maxUriLength = 4096
const maxHeartbeatMs = 10_000
// A heartbeat may get lost twice before somebody else may have the reservation.
const heartbeatsToExpiry = 3
const purgeEveryMs = 60_000

/**
 * The cache that executors outside the server share: outputs by key, and who is computing them. It is apart from the
 * cache of the server's own executors, whose entries follow their actions.
 */
export class CacheEntries {
  readonly #repository: CacheEntriesRepository
  readonly #clock: Clock
  #nextPurgeAt = 0

  constructor({ repository, clock }: CacheEntriesParts) {
    this.#repository = repository
    this.#clock = clock
  }

  /** Throws NotFoundError. */
  async get(key: CacheEntryKey): Promise<v1.CachedOutput> {
    checkKey(key)
    const entry = await this.#repository.find(key)
    if (entry === undefined) throw entryNotFound(key)
    const metadata = fromBinary(v1.MetadataSchema, entry.metadata)
    metadata.createdAt = timestampFromMs(entry.createdAt)
    metadata.lastUpdatedAt = timestampFromMs(entry.updatedAt)
    return create(v1.CachedOutputSchema, { output: { case: 'outputUri', value: entry.outputUri }, metadata })
  }

  /**
   * Stores where outputs are. What was stored before under the key stays where it is, since it is the output of some
   * action.
   *
   * Throws AlreadyExistsError when there is an entry that the request does not ask to overwrite.
   */
  async put(key: CacheEntryKey, { output, overwrite }: v1.PutCacheRequest): Promise<void> {
    checkKey(key)
    const outputUri = outputUriOf(output)
    const { createdAt, lastUpdatedAt: _, ...metadata } = output?.metadata ?? create(v1.MetadataSchema)
    const at = this.#clock.now()
    const stored = await this.#repository.put(
      key,
      {
        outputUri,
        metadata: toBinary(v1.MetadataSchema, create(v1.MetadataSchema, metadata)),
        createdAt: createdAt === undefined ? null : fromTimestamp(createdAt),
      },
      toReplaceable(overwrite, at),
      at,
    )
    if (stored) return
    throw new AlreadyExistsError(`the cache has an entry for ${key.key}`, {
      hint: 'Set overwrite, with max_age for entries of a certain age only, to replace it.',
    })
  }

  /** Throws NotFoundError. */
  async delete(key: CacheEntryKey): Promise<void> {
    checkKey(key)
    if (!(await this.#repository.delete(key))) throw entryNotFound(key)
  }

  /**
   * Lets one owner at a time compute an entry. The owner repeats this within the heartbeat interval that is answered;
   * whoever else asks is told who the owner is.
   */
  async reserve(key: CacheEntryKey, ownerId: string, heartbeat: Duration | undefined): Promise<v1.Reservation> {
    checkKey(key)
    checkOwner(ownerId)
    const at = this.#clock.now()
    await this.#purge(at)
    const heartbeatMs = toHeartbeatMs(heartbeat)
    const expiresAt = at + heartbeatMs * heartbeatsToExpiry
    const held = await this.#repository.reserve(key, { owner: ownerId, heartbeatMs, expiresAt }, at)
    return create(v1.ReservationSchema, {
      key: key.key,
      ownerId: held.owner,
      heartbeatInterval: durationFromMs(held.heartbeatMs),
      expiresAt: timestampFromMs(held.expiresAt),
    })
  }

  /** Harmless when somebody else has the reservation, or nobody. */
  async release(key: CacheEntryKey, ownerId: string): Promise<void> {
    checkKey(key)
    checkOwner(ownerId)
    await this.#repository.release(key, ownerId)
  }

  async #purge(at: number): Promise<void> {
    if (at < this.#nextPurgeAt) return
    this.#nextPurgeAt = at + purgeEveryMs
    await this.#repository.purgeReservations(at)
  }
}

function checkKey({ key }: CacheEntryKey): void {
  checkText(key, 'key', maxKeyLength)
}

function checkOwner(ownerId: string): void {
  checkText(ownerId, 'owner_id', maxOwnerLength)
}

function checkText(text: string, field: string, maxLength: number): void {
  if (text === '') throw new InvalidArgumentError(`${field}: value is required`, { field })
  if (text.length <= maxLength) return
  throw new InvalidArgumentError(`${field}: value has ${text.length} characters, ${maxLength} are allowed`, { field })
}

function outputUriOf(output: v1.CachedOutput | undefined): string {
  const field = 'output.output_uri'
  if (output?.output.case === 'outputLiterals') {
    throw new InvalidArgumentError('output.output_literals: only outputs that are in storage can be cached', {
      field: 'output.output_literals',
      hint: 'Write them to storage, and send output_uri.',
    })
  }
  const uri = output?.output.value ?? ''
  checkText(uri, field, maxUriLength)
  return uri
}

function toReplaceable(overwrite: v1.OverwriteOutput | undefined, at: number): Replaceable {
  if (overwrite?.overwrite === true) return { updatedBefore: Infinity }
  if (overwrite?.maxAge === undefined) return { updatedBefore: -Infinity }
  const maxAgeMs = durationMs(overwrite.maxAge)
  if (maxAgeMs < 0) {
    throw new InvalidArgumentError('overwrite.max_age: value must not be negative', { field: 'overwrite.max_age' })
  }
  return { updatedBefore: Math.floor(at - maxAgeMs) }
}

function toHeartbeatMs(heartbeat: Duration | undefined): number {
  const asked = heartbeat === undefined ? 0 : Math.floor(durationMs(heartbeat))
  if (asked < 0) {
    throw new InvalidArgumentError('heartbeat_interval: value must not be negative', { field: 'heartbeat_interval' })
  }
  return asked === 0 ? maxHeartbeatMs : Math.min(asked, maxHeartbeatMs)
}

function entryNotFound({ key }: CacheEntryKey): NotFoundError {
  return new NotFoundError(`the cache has no entry for ${key}`)
}
