import { type Backoff, backoffDelayMs, NonRecoverableError, RecoverableError } from '@tern/core'
import { currentScope } from '../../authoring/context.ts'
import { delay } from '../../local/delay.ts'

/** What `fetch` sends. */
export type RequestBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/** A request that can be sent more than once. */
export interface Request {
  readonly url: URL
  /** What messages call it, without secrets. */
  readonly label: string
  readonly method: string
  readonly headers: Headers
  /** Headers that are for the address's own origin only. */
  readonly privateHeaders: ReadonlySet<string>
  readonly body: () => RequestBody | undefined
}

export interface SendOptions {
  readonly signal: AbortSignal
  /** For one request, until its answer has been read. */
  readonly timeoutMs: number
  readonly retries: number
  /** A longer wait is left to the retries of the task. */
  readonly longestWaitMs: number
  /** Whether doing it twice is as good as doing it once. */
  readonly isRepeatable: boolean
  /** Whether a status is a result. */
  readonly isExpected: (status: number) => boolean
  /** Takes secrets out of what is said. */
  readonly redact: (text: string) => string
}

/** Another attempt may get another answer. */
class HttpRequestError extends RecoverableError {
  override readonly name = 'HttpRequestError'
  override readonly code = 'HttpRequestError'
}

/** The server has refused the request, and will again. */
class HttpRefusedError extends NonRecoverableError {
  override readonly name = 'HttpRefusedError'
  override readonly code = 'HttpRefusedError'
}

const backoff: Backoff = { baseMs: 500, factor: 2, capMs: 10_000 }
const shownBody = 500
const maxRedirects = 5
const redirects = new Set([301, 302, 303, 307, 308])
/** The server has not begun, or says that nothing was done. */
const untouched = new Set([429, 503])
const transient = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * Sends a request, again and again where that may help, and reads the answer.
 *
 * @throws HttpRequestError or HttpRefusedError, a TernError, when the answer is no result
 */
export async function send<T>(
  request: Request,
  options: SendOptions,
  read: (answer: Response) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await sendOnce(request, options, read)
    if ('value' in outcome) return outcome.value
    const waitMs = outcome.retryAfterMs ?? backoffDelayMs(backoff, attempt)
    if (!outcome.isWorthIt || attempt >= options.retries || waitMs > options.longestWaitMs) throw outcome.error
    process.stdout.write(`${outcome.error.message}; trying again in ${Math.round(waitMs)} ms\n`)
    await delay(waitMs, options.signal, currentScope()?.parent?.clock)
  }
}

type Outcome<T> =
  | { readonly value: T }
  | { readonly error: Error; readonly isWorthIt: boolean; readonly retryAfterMs?: number | undefined }

async function sendOnce<T>(
  request: Request,
  options: SendOptions,
  read: (answer: Response) => Promise<T>,
): Promise<Outcome<T>> {
  const { signal, timeoutMs, isRepeatable, isExpected } = options
  signal.throwIfAborted()
  const inTime = AbortSignal.timeout(timeoutMs)
  let answer: Response | undefined
  try {
    answer = await follow(request, AbortSignal.any([signal, inTime]))
    if (isExpected(answer.status)) return { value: await read(answer) }
    return await refusal(answer, request, options)
  } catch (error) {
    await answer?.body?.cancel().catch(() => {})
    signal.throwIfAborted()
    if (!inTime.aborted && !isNetworkError(error)) throw error
    const why = inTime.aborted ? `gave no answer within ${timeoutMs} ms` : `failed: ${reasonOf(error)}`
    const message = options.redact(`${request.label} ${why}`)
    // Ports that are kept for other protocols are not even tried.
    if (reasonOf(error) === 'bad port') return { error: new HttpRefusedError(message), isWorthIt: false }
    return { error: new HttpRequestError(message), isWorthIt: isRepeatable }
  }
}

async function refusal(answer: Response, request: Request, options: SendOptions): Promise<Outcome<never>> {
  const { status } = answer
  const said = await firstCharacters(answer)
  const text = `${request.label} was answered with ${status}${said === '' ? '' : `: ${said}`}`
  const message = options.redact(text)
  const isTransient = transient.has(status) || status > 504
  return {
    error: isTransient ? new HttpRequestError(message) : new HttpRefusedError(message),
    isWorthIt: untouched.has(status) || (isTransient && options.isRepeatable),
    retryAfterMs: retryAfterMs(answer.headers.get('retry-after')),
  }
}

/** Follows redirections itself: what is meant for one server is not sent to another. */
async function follow(request: Request, signal: AbortSignal): Promise<Response> {
  let { url, method } = request
  let body = request.body()
  const headers = new Headers(request.headers)
  for (let hop = 0; ; hop++) {
    const answer = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit)
    const location = answer.headers.get('location')
    if (!redirects.has(answer.status) || location === null || !URL.canParse(location, url.href)) return answer
    await answer.body?.cancel()
    if (hop >= maxRedirects)
      throw new HttpRefusedError(`${request.label} was redirected more than ${maxRedirects} times`)
    const next = new URL(location, url)
    if (answer.status === 303 || (answer.status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET'
      body = undefined
      headers.delete('content-type')
    } else if (body !== undefined) {
      body = request.body()
    }
    if (next.origin !== url.origin) {
      if (body !== undefined) {
        throw new HttpRefusedError(`${request.label} was redirected to ${next.origin}, which is not sent its body`)
      }
      for (const name of request.privateHeaders) headers.delete(name)
    }
    url = next
  }
}

async function firstCharacters({ body }: Response): Promise<string> {
  if (body === null) return ''
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > shownBody) break
  }
  return text.slice(0, shownBody).trim()
}

/** Of a number of seconds, or a time. */
export function retryAfterMs(text: string | null, now: number = Date.now()): number | undefined {
  if (text === null) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated')
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message
}
