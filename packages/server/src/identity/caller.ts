import { create, toBinary } from '@bufbuild/protobuf'
import { type EnrichedIdentity, EnrichedIdentitySchema } from '@tern/idl/common'

/** Who a request says it comes from. Shown, and never a reason to allow anything: nothing here is verified. */
export interface Caller {
  readonly subject: string
  readonly email: string
  readonly givenName: string
  readonly familyName: string
}

const claimsHeader = 'x-amzn-oidc-data'
const subjectHeader = 'x-amzn-oidc-identity'
const emailHeader = 'x-auth-request-email'
const userHeader = 'x-auth-request-user'

/** Reads the caller from forwarded headers or a bearer token, in the order of how much a proxy had to do with them. */
export function callerFrom(headers: Headers): Caller | undefined {
  return (
    fromJwt(headers.get(claimsHeader)) ??
    fromSubject(headers.get(subjectHeader) ?? headers.get(userHeader), headers.get(emailHeader)) ??
    fromJwt(bearerToken(headers.get('authorization')))
  )
}

export function toIdentity(caller: Caller): EnrichedIdentity {
  return create(EnrichedIdentitySchema, {
    principal: {
      case: 'user',
      value: {
        id: { subject: caller.subject },
        spec: { firstName: caller.givenName, lastName: caller.familyName, email: caller.email },
      },
    },
  })
}

/** The identity as it is stored. */
export function toIdentityBytes(caller: Caller): Uint8Array {
  return toBinary(EnrichedIdentitySchema, toIdentity(caller))
}

function fromSubject(subject: string | null, email: string | null): Caller | undefined {
  if (subject === null || subject === '') return undefined
  return { subject, email: email ?? '', givenName: '', familyName: '' }
}

function bearerToken(authorization: string | null): string | null {
  return /^bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
}

function fromJwt(token: string | null): Caller | undefined {
  const payload = token?.split('.')
  if (payload?.length !== 3) return undefined
  const claims = parseClaims(payload[1] ?? '')
  const subject = textOf(claims?.['sub'])
  if (claims === undefined || subject === '') return undefined
  return {
    subject,
    email: textOf(claims['email']),
    givenName: textOf(claims['given_name']),
    familyName: textOf(claims['family_name']),
  }
}

function parseClaims(payload: string): Record<string, unknown> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
