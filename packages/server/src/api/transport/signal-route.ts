import { toBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError, ResourceExhaustedError } from '@tern/core'
import { EnrichedIdentitySchema } from '@tern/idl/common'
import type { Logger } from 'pino'
import type { Conditions } from '../../conditions/conditions.ts'
import { fromSignalObject } from '../../conditions/signal-links.ts'
import type { LinkSigner } from '../../data/signed-links.ts'
import { callerFrom, toIdentity } from '../../identity/caller.ts'
import { askOwner, forwardedHeader } from '../../replicas/ask-owner.ts'
import { allowMethods, answer } from './answers.ts'
import { type HttpRequest, type HttpResponse, headerOf, sendJson } from './http-message.ts'

export interface SignalRouteParts {
  readonly conditions: Pick<Conditions, 'signalJson'>
  readonly signer: LinkSigner
  readonly clock: { now(): number }
  readonly logger: Logger
  readonly config: { readonly trustForwardedIdentity: boolean }
}

/**
 * Takes the value of a condition from whoever holds the signed address that its webhook was sent: JSON with a `value`,
 * or the value itself. POST only, so that nothing that merely follows links decides anything.
 */
export class SignalRoute {
  readonly #parts: SignalRouteParts

  constructor(parts: SignalRouteParts) {
    this.#parts = parts
  }

  handle(request: HttpRequest, response: HttpResponse): void {
    if (!allowMethods(request, response, ['POST'])) return
    void answer(response, this.#parts.logger, async () => {
      const { signer, clock, conditions } = this.#parts
      const query = new URLSearchParams((request.url ?? '').split('?', 2)[1])
      const grant = signer.verify('signal', query, clock.now())
      const body = await readText(request, grant.maxBytes)
      const value = valueIn(body, request)
      const here = async (): Promise<Answer> => {
        await conditions.signalJson(fromSignalObject(grant.object), value, this.#identityOf(request))
        return { status: 200, body: {} }
      }
      const isForwarded = headerOf(request, forwardedHeader) !== undefined
      const sent = isForwarded ? await here() : await askOwner({ here, there: (url) => sendOn(url, request, body) })
      sendJson(response, sent.status, sent.body)
    })
  }

  #identityOf(request: HttpRequest): Uint8Array {
    const headers = headersOf(request)
    const caller = this.#parts.config.trustForwardedIdentity ? callerFrom(headers) : undefined
    return toBinary(EnrichedIdentitySchema, caller === undefined ? theWebhook : toIdentity(caller))
  }
}

interface Answer {
  readonly status: number
  readonly body: object
}

const sendOnTimeoutMs = 5000

// About the connection, which is another one.
const notSentOn =
  /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-length|origin|referer)$/

/** Has another server take the value, which has the run. Undefined when it does not answer, or has not got it either. */
async function sendOn(url: string, request: HttpRequest, body: string): Promise<Answer | undefined> {
  const headers = new Headers()
  for (const [name, value] of headersOf(request)) if (!notSentOn.test(name)) headers.set(name, value)
  headers.set(forwardedHeader, '1')
  const signal = AbortSignal.timeout(sendOnTimeoutMs)
  try {
    const response = await fetch(`${url}${request.url}`, { method: 'POST', headers, body, signal })
    return response.status < 500 ? { status: response.status, body: (await response.json()) as object } : undefined
  } catch {
    return undefined
  }
}

function headersOf(request: HttpRequest): Headers {
  const headers = new Headers()
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith(':')) headers.set(name, headerOf(request, name) ?? '')
  }
  return headers
}

/** Who holds a link and says no more about itself. */
const theWebhook = toIdentity({ subject: 'webhook', email: '', givenName: '', familyName: '' })

async function readText(request: HttpRequest, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) throw new ResourceExhaustedError(`the value is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function valueIn(body: string, request: HttpRequest): unknown {
  if (headerOf(request, 'content-type')?.startsWith('text/plain') === true) return body
  const json = parseJson(body)
  return typeof json === 'object' && json !== null && 'value' in json ? json.value : json
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new InvalidArgumentError('the body is not JSON', { hint: 'Send {"value": …}.', cause: error })
  }
}
