import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { CacheService, Identifier, v1 } from '@tern/idl/cacheservice'
import type { CacheEntryKey } from '../../store/cache-entries-repository.ts'
import type { ApiDomain } from '../domain.ts'

export function createCacheService({ cacheEntries }: ApiDomain): ServiceImpl<typeof CacheService> {
  return {
    async get({ baseRequest, identifier }) {
      return { output: await cacheEntries.get(scopedKey(identifier, baseRequest)) }
    },
    async put({ baseRequest, identifier }) {
      await cacheEntries.put(scopedKey(identifier, baseRequest), required(baseRequest))
      return {}
    },
    async delete({ baseRequest, identifier }) {
      await cacheEntries.delete(scopedKey(identifier, baseRequest))
      return {}
    },
    async getOrExtendReservation({ baseRequest, identifier }) {
      const { ownerId, heartbeatInterval } = required(baseRequest)
      const reservation = await cacheEntries.reserve(scopedKey(identifier, baseRequest), ownerId, heartbeatInterval)
      return { reservation }
    },
    async releaseReservation({ baseRequest, identifier }) {
      await cacheEntries.release(scopedKey(identifier, baseRequest), required(baseRequest).ownerId)
      return {}
    },
  }
}

/** The first version, whose keys belong to no project. */
export function createCacheServiceV1({ cacheEntries }: ApiDomain): ServiceImpl<typeof v1.CacheService> {
  return {
    async get(request) {
      return { output: await cacheEntries.get(globalKey(request)) }
    },
    async put(request) {
      await cacheEntries.put(globalKey(request), request)
      return {}
    },
    async delete(request) {
      await cacheEntries.delete(globalKey(request))
      return {}
    },
    async getOrExtendReservation(request) {
      const { ownerId, heartbeatInterval } = request
      return { reservation: await cacheEntries.reserve(globalKey(request), ownerId, heartbeatInterval) }
    },
    async releaseReservation(request) {
      await cacheEntries.release(globalKey(request), request.ownerId)
      return {}
    },
  }
}

function scopedKey(identifier: Identifier | undefined, request: { readonly key: string } | undefined): CacheEntryKey {
  return { project: identifier?.project ?? '', domain: identifier?.domain ?? '', key: required(request).key }
}

function globalKey({ key }: { readonly key: string }): CacheEntryKey {
  return { project: '', domain: '', key }
}

function required<Request>(request: Request | undefined): Request {
  if (request !== undefined) return request
  throw new InvalidArgumentError('base_request: value is required', { field: 'base_request' })
}
