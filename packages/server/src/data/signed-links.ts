import { createHmac, timingSafeEqual } from 'node:crypto'
import { PermissionDeniedError } from '@tern/core'

/** What a signed link allows: one thing, with one object, for some time. */
export interface LinkGrant {
  readonly purpose: 'upload' | 'download' | 'file' | 'signal'
  /** URI of the object in storage, or the condition that a signal is for. */
  readonly object: string
  /** UTC epoch milliseconds. */
  readonly expiresAt: number
  /** MD5 that an upload must have, base64; empty for any. */
  readonly md5: string
  /** Largest upload, or body of a signal, in bytes. */
  readonly maxBytes: number
}

/** Makes links that only this server can have made, and reads them. */
export class LinkSigner {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** The grant as the query of a URL, without `?`. */
  sign(grant: LinkGrant): string {
    const query = new URLSearchParams({
      object: grant.object,
      expires: String(grant.expiresAt),
      md5: grant.md5,
      max: String(grant.maxBytes),
      signature: this.#signature(grant).toString('base64url'),
    })
    return query.toString()
  }

  /** Throws PermissionDeniedError when the link is not ours, was changed, or has expired. */
  verify(purpose: LinkGrant['purpose'], query: URLSearchParams, now: number): LinkGrant {
    const grant: LinkGrant = {
      purpose,
      object: query.get('object') ?? '',
      expiresAt: Number(query.get('expires')),
      md5: query.get('md5') ?? '',
      maxBytes: Number(query.get('max')),
    }
    const given = Buffer.from(query.get('signature') ?? '', 'base64url')
    const expected = this.#signature(grant)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new PermissionDeniedError('the link is not signed by this server')
    }
    if (now > grant.expiresAt) {
      throw new PermissionDeniedError('the link has expired', { hint: 'Ask the server for a new one.' })
    }
    return grant
  }

  #signature({ purpose, object, expiresAt, md5, maxBytes }: LinkGrant): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([purpose, object, expiresAt, md5, maxBytes]))
      .digest()
  }
}
