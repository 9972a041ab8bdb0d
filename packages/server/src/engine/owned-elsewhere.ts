import { UnavailableError } from '@tern/core'
import type { RunKey } from './model.ts'

/**
 * A live run is asked about that another server on the same database has, or that is changing hands. Whoever gets this
 * asks that server, or asks again a moment later.
 */
export class OwnedElsewhereError extends UnavailableError {
  override readonly name = 'OwnedElsewhereError'
  /** Where the run is; null while no other server is known to have it. */
  readonly ownerUrl: string | null

  constructor({ run, project, domain }: RunKey, ownerUrl: string | null) {
    const place = ownerUrl === null ? 'is changing hands between servers' : `is with the server at ${ownerUrl}`
    super(`run ${run} of ${project}/${domain} ${place}`, { hint: 'Try again in a moment.' })
    this.ownerUrl = ownerUrl
  }
}
