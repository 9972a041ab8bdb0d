import { fromBinary, type JsonValue } from '@bufbuild/protobuf'
import { durationMs } from '@bufbuild/protobuf/wkt'
import { type Backoff, backoffDelayMs, type Clock } from '@tern/core'
import { type ConditionAction, ConditionActionSchema } from '@tern/idl/workflow'
import type { Logger } from 'pino'
import { setTimeout as delay } from 'node:timers/promises'
import type { LinkSigner } from '../data/signed-links.ts'
import type { ActionKey, WaitingCondition } from '../engine/model.ts'
import type { WebhooksRepository } from '../store/webhooks-repository.ts'
import { deliver, type DeliveryError } from '../notifications/http-delivery.ts'
import { signalPath, toSignalObject } from './signal-links.ts'

export interface WebhooksParts {
  readonly repository: WebhooksRepository
  readonly signer: LinkSigner
  /** Where this server is reached, without a trailing slash. */
  readonly url: () => string
  readonly clock: Clock
  readonly logger: Logger
}

const attempts = 6
const retryBackoff: Backoff = { baseMs: 1_000, factor: 3, capMs: 60_000 }
const stopGraceMs = 2_000
// Of a callback's body; a value is a word or a sentence.
const maxValueBytes = 64 * 1024
// For conditions that wait without a limit.
const longestWaitMs = 365 * 24 * 3_600_000

/**
 * Tells others that a condition waits: POSTs to the address that the condition names, with a signed address in it that
 * takes the value. Each condition's is sent until the other side takes it, a few times; what was not sent when the
 * server ended, the next one sends.
 */
export class ConditionWebhooks {
  readonly #parts: WebhooksParts
  readonly #stopping = new AbortController()
  readonly #givingUp = new AbortController()
  readonly #sending = new Set<Promise<void>>()

  constructor(parts: WebhooksParts) {
    this.#parts = parts
  }

  /** Sends the webhook of a condition, if it has one. Returns at once. */
  announce(condition: WaitingCondition): void {
    const spec = fromBinary(ConditionActionSchema, condition.spec)
    if (spec.webhook === undefined || spec.webhook.url === '' || this.#stopping.signal.aborted) return
    const sending = this.#send(condition, spec).finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  /** Sends nothing more. What is on its way gets a moment to be answered, or else the next server sends it again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const timer = setTimeout(() => this.#givingUp.abort(), stopGraceMs)
    await Promise.all(this.#sending)
    clearTimeout(timer)
  }

  async #send(condition: WaitingCondition, spec: ConditionAction): Promise<void> {
    const { repository, logger } = this.#parts
    const { key } = condition
    try {
      if (await repository.isDelivered(key)) return
      const failure = await this.#tryToPost(condition, spec)
      if (failure !== undefined) logger.error({ err: failure, condition: key }, 'a webhook could not be delivered')
      await repository.record(key, {
        deliveredAt: failure ? null : this.#parts.clock.now(),
        error: failure?.message ?? '',
      })
    } catch (error) {
      if (!this.#stopping.signal.aborted) logger.error({ err: error, condition: key }, 'a webhook could not be sent')
    }
  }

  /** Undefined once it was taken, else why it was not. */
  async #tryToPost(condition: WaitingCondition, spec: ConditionAction): Promise<Error | undefined> {
    const { signal } = this.#stopping
    for (let failures = 0; ; ) {
      const failure = await this.#post(condition, spec)
      if (failure === undefined) return undefined
      failures += 1
      if (failures === attempts || failure.isFinal) return failure
      await delay(backoffDelayMs(retryBackoff, failures - 1), undefined, { signal })
    }
  }

  async #post(condition: WaitingCondition, spec: ConditionAction): Promise<DeliveryError | undefined> {
    const { signal } = this.#givingUp
    const { url, payload } = spec.webhook!
    const callback = this.#callbackUri(condition, spec)
    const body = JSON.stringify(
      payload === undefined ? standardPayload(condition.key, spec, callback) : filledIn(payload, callback),
    )
    return deliver({ url, method: 'POST', headers: { 'content-type': 'application/json' }, body }, signal)
  }

  #callbackUri({ key, createdAt }: WaitingCondition, { timeout }: ConditionAction): string {
    const limitMs = timeout === undefined ? 0 : durationMs(timeout)
    const query = this.#parts.signer.sign({
      purpose: 'signal',
      object: toSignalObject(key),
      expiresAt: createdAt + (limitMs > 0 ? limitMs : longestWaitMs),
      md5: '',
      maxBytes: maxValueBytes,
    })
    return `${this.#parts.url()}${signalPath}?${query}`
  }
}

function standardPayload(key: ActionKey, spec: ConditionAction, callback: string): JsonValue {
  return { ...key, condition: spec.name, prompt: spec.prompt, description: spec.description, callback_uri: callback }
}

/** `{callback_uri}` stands for the callback's address in every text of the payload. */
function filledIn(value: JsonValue, callback: string): JsonValue {
  if (typeof value === 'string') return value.replaceAll('{callback_uri}', callback)
  if (Array.isArray(value)) return value.map((item) => filledIn(item, callback))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filledIn(item, callback)]))
}
