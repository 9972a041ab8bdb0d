import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError, toTimestamp } from '@tern/core'
import type { Firing, FiringService } from '@tern/idl/trigger'
import type { FiringRow } from '../../store/firings-repository.ts'
import type { StoredTrigger } from '../../store/triggers-repository.ts'
import { upcomingInstants } from '../../triggers/upcoming-instants.ts'
import type { ApiDomain } from '../domain.ts'

/** What became of the instants that triggers fire at. */
export function createFiringService({ triggers, repositories, clock }: ApiDomain): ServiceImpl<typeof FiringService> {
  return {
    async listFirings({ name, request }) {
      if (name === undefined) throw new InvalidArgumentError('name: value is required', { field: 'name' })
      const { key } = await triggers.find(name)
      const page = await repositories.firings.list(key, request)
      return { firings: page.items.map(toFiring), token: page.token }
    },
    async listUpcomingFirings({ names, limit }) {
      const found = await Promise.all(names.map((name) => triggers.find(name)))
      const now = clock.now()
      return {
        triggers: names.map((name, index) => ({
          name,
          scheduledAt: upcomingInstants(found[index] as StoredTrigger, now, limit || 1).map(toTimestamp),
        })),
      }
    },
  }
}

function toFiring(row: FiringRow): Firing {
  return {
    $typeName: 'tern.trigger.v1.Firing',
    scheduledAt: toTimestamp(row.at),
    state: row.state,
    runName: row.runName,
    otherRunName: row.otherRunName,
    failures: row.failures,
    message: row.message,
    updatedAt: toTimestamp(row.updatedAt),
    ...(row.failingSince !== null && { failingSince: toTimestamp(row.failingSince) }),
    ...(row.nextAttemptAt !== null && { nextAttemptAt: toTimestamp(row.nextAttemptAt) }),
  }
}
