import { type DurationInput, durationMs, InvalidArgumentError } from '@tern/core'
import { ctx } from '../../authoring/context.ts'

/** What counts as an answer. */
export interface UrlAnswersOptions {
  /** Statuses that are a yes. Defaults to 200 to 299. */
  readonly statuses?: readonly number[] | undefined
  /** Defaults to `'GET'`. */
  readonly method?: 'GET' | 'HEAD' | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How long an answer may take. Defaults to 30 seconds. */
  readonly timeout?: DurationInput | undefined
}

/**
 * Asks an HTTP address, for the check of a sensor. No server, no answer in time, and any other status are a no.
 *
 * @throws InvalidArgumentError when it is no address that begins with http:// or https://
 */
export async function urlAnswers(url: string, options: UrlAnswersOptions = {}): Promise<boolean> {
  const { statuses, method = 'GET', timeout = '30s' } = options
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    const message = `${JSON.stringify(url)} is no address that begins with http:// or https://`
    throw new InvalidArgumentError(message, { field: 'url' })
  }
  // One that cannot be sent is an error, and no answer.
  const headers = new Headers(options.headers)
  const given = ctx()?.signal
  const inTime = AbortSignal.timeout(durationMs(timeout, 'timeout'))
  const signal = given === undefined ? inTime : AbortSignal.any([given, inTime])
  try {
    const answer = await fetch(url, { method, headers, signal })
    await answer.body?.cancel()
    return statuses?.includes(answer.status) ?? answer.ok
  } catch {
    given?.throwIfAborted()
    return false
  }
}
