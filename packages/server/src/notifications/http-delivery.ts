/** What was sent has not been taken. */
export class DeliveryError extends Error {
  /** Asking again would be answered the same. */
  readonly isFinal: boolean

  constructor(message: string, isFinal: boolean, options?: ErrorOptions) {
    super(message, options)
    this.isFinal = isFinal
  }
}

export interface HttpDelivery {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** How the other side is called in errors. Defaults to the address. */
  readonly name?: string
}

const answerTimeoutMs = 10_000

/** Sends a request; undefined once it was taken, else why it was not. Rejects when it is given up. */
export async function deliver(request: HttpDelivery, signal: AbortSignal): Promise<DeliveryError | undefined> {
  const { url, method, headers, body, name = url } = request
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    })
    await response.body?.cancel()
    return response.ok
      ? undefined
      : new DeliveryError(`${name} answered ${response.status}`, isRefusal(response.status))
  } catch (error) {
    signal.throwIfAborted()
    return new DeliveryError(`${name} could not be reached`, !URL.canParse(url), { cause: error })
  }
}

/** Whether an answer says that the request is wrong, rather than that it comes at a wrong time. */
function isRefusal(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 425 && status !== 429
}
