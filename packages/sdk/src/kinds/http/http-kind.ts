import { createHash, randomUUID } from 'node:crypto'
import type { JsonObject } from '@bufbuild/protobuf'
import { type DurationInput, durationMs, FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import type { TaskContext } from '../../authoring/context.ts'
import type { SecretRequest } from '../../authoring/task-options.ts'
import { secretVariable } from '../../authoring/task-spec.ts'
import { File } from '../../io/file.ts'
import { CodeKind } from '../code-kind.ts'
import { secretNamesIn } from '../placeholders.ts'
import type { KindTask } from '../task-kind.ts'
import {
  type BodyTemplate,
  fillBody,
  fillHeaders,
  fillUrl,
  type HttpValues,
  namesIn,
  textsOf,
  toJson,
} from './http-template.ts'
import { answerParts, readAnswer } from './read-answer.ts'
import { type Request, type RequestBody, send } from './send.ts'

/** In its texts `{{.inputs.name}}` stands for an input, and `{{.secrets.name}}` for a secret. */
export interface HttpConfig {
  /** What is put in stays within its part of the address. A text that is nothing but one placeholder is an address itself. */
  readonly url: string
  /** Defaults to `'GET'`, with a body to `'POST'`. */
  readonly method?: HttpMethod | undefined
  /** What is added to the address after the question mark. */
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * A text, or what is sent as JSON: a text in it that is nothing but one placeholder becomes the value itself, be it a number
   * or a list. `'{{.inputs.file}}'` sends a file.
   */
  readonly body?: BodyTemplate | undefined
  /** How long one request may take. Defaults to 30 seconds. */
  readonly requestTimeout?: DurationInput | undefined
  /**
   * How often a request is sent again within one attempt: after 429 and 503, when the time in `Retry-After` is over, and after
   * other faults of the server or the connection, if the request can be repeated. Defaults to 3.
   */
  readonly requestRetries?: number | undefined
  /** A longer wait fails the attempt. Defaults to a minute. */
  readonly longestWait?: DurationInput | undefined
  /** Whether doing it twice is as good as doing it once. Defaults to what the method says: POST and PATCH are not. */
  readonly idempotent?: boolean | undefined
  /** Statuses that are results. Defaults to 200 to 299. Others fail the task, those from 500 on and 429 so that it may be retried. */
  readonly statuses?: readonly number[] | undefined
  /** In bytes. Defaults to 10 MiB. */
  readonly maxResponseBytes?: number | undefined
}

/** The methods that a request of `httpTask` can have. */
export type HttpMethod = (typeof methods)[number]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const usualTimeoutMs = 30_000
const usualLongestWaitMs = 60_000
const usualRetries = 3
const usualMaxBytes = 10 * 1024 * 1024
const idempotencyKey = 'idempotency-key'

/** Tasks that are a request. Workers send it. */
export class HttpKind extends CodeKind {
  readonly #config: HttpConfig
  readonly #names: { readonly inputs: ReadonlySet<string>; readonly secrets: ReadonlySet<string> }

  constructor(config: HttpConfig) {
    super()
    this.#config = config
    const { url, query = {}, headers = {}, body } = config
    this.#names = namesIn([url, ...Object.values(query), ...Object.values(headers), ...textsOf(body)].map(String))
  }

  protected get identity(): unknown {
    return this.#config
  }

  override get secrets(): readonly Exclude<SecretRequest, string>[] {
    return [...this.#names.secrets].map((key) => ({ key }))
  }

  protected override get custom(): JsonObject {
    return { kind: 'http', method: this.#method, url: this.#config.url }
  }

  get #method(): HttpMethod {
    return this.#config.method ?? (this.#config.body === undefined ? 'GET' : 'POST')
  }

  override check(task: KindTask): void {
    const { url, requestTimeout, longestWait, requestRetries = 0, maxResponseBytes = 1, body, statuses } = this.#config
    const invalid = (field: string, message: string, hint?: string) =>
      new InvalidArgumentError(`task ${task.name}: ${message}`, { field, hint })
    if (typeof url !== 'string' || !/^(https?:\/\/.|\{\{)/.test(url.trim()))
      throw invalid('url', `url must begin with http:// or https://`)
    if (!methods.includes(this.#method)) throw invalid('method', `method must be one of ${methods.join(', ')}`)
    if (body !== undefined && /^(?:GET|HEAD)$/.test(this.#method)) throw invalid('body', `${this.#method} has no body`)
    for (const [field, value] of Object.entries({ requestTimeout, longestWait }))
      if (value !== undefined && durationMs(value, field) <= 0) throw invalid(field, `${field} must be more than 0`)
    for (const [field, value] of Object.entries({ requestRetries, maxResponseBytes }))
      if (!Number.isSafeInteger(value) || value < 0)
        throw invalid(field, `${field} must be a whole number of 0 or more`)
    if (statuses?.some((status) => !Number.isInteger(status)) === true)
      throw invalid('statuses', 'statuses must be a list of numbers')
    this.#checkNames(task, invalid)
  }

  #checkNames(task: KindTask, invalid: (field: string, message: string, hint?: string) => Error): void {
    const { inputs, outputs, outputKind } = task.interface
    const unknown = [...this.#names.inputs].find((name) => !inputs.some((input) => input.name === name))
    if (unknown !== undefined)
      throw invalid('url', `{{.inputs.${unknown}}} is no input`, 'Declare it among its inputs.')
    const unused = inputs.find(({ name }) => !this.#names.inputs.has(name))
    if (unused !== undefined)
      throw invalid('inputs', `nothing asks for the input ${unused.name}`, `Write {{.inputs.${unused.name}}}.`)
    const other = outputs.find(({ name }) => !(answerParts as readonly string[]).includes(name))
    if (outputKind === 'named' && other !== undefined)
      throw invalid('outputs', `output ${other.name} is no part of an answer`, `Those are ${answerParts.join(', ')}.`)
  }

  override execute(inputs: Readonly<Record<string, unknown>>, context: TaskContext, task: KindTask): Promise<unknown> {
    const { requestTimeout, longestWait, statuses } = this.#config
    const { requestRetries = usualRetries, maxResponseBytes = usualMaxBytes, idempotent } = this.#config
    const secrets = secretsOf(this.secrets, task)
    const values: HttpValues = { input: (name) => inputs[name], secret: (name) => secrets.get(name) ?? '' }
    const options = {
      signal: context.signal,
      timeoutMs: requestTimeout === undefined ? usualTimeoutMs : durationMs(requestTimeout),
      longestWaitMs: longestWait === undefined ? usualLongestWaitMs : durationMs(longestWait),
      retries: requestRetries,
      isRepeatable: idempotent ?? !/^(?:POST|PATCH)$/.test(this.#method),
      isExpected: (status: number) => statuses?.includes(status) ?? (status >= 200 && status < 300),
      redact: redacting([...secrets.values()]),
    }
    const request = this.#requestFor(values, context, options.redact)
    return send(request, options, (answer) => readAnswer(task.interface, answer, maxResponseBytes))
  }

  #requestFor(values: HttpValues, context: TaskContext, redact: (text: string) => string): Request {
    const { url, query = {}, headers: templates = {}, body } = this.#config
    const headers = fillHeaders(templates, values)
    const method = this.#method
    const secret = Object.keys(templates).filter((name) => secretNamesIn(templates[name] ?? '').length > 0)
    const privateHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', ...secret])
    const content = body === undefined ? undefined : toContent(fillBody(body, values))
    if (content !== undefined && !headers.has('content-type')) headers.set('content-type', content.type)
    // The same for every attempt, so that a server that knows the header does it once.
    if (/^(?:POST|PATCH)$/.test(method) && !headers.has(idempotencyKey)) headers.set(idempotencyKey, keyOf(context))
    const address = fillUrl(url, query, values)
    // Without its query, which may hold what is nobody's business.
    const label = redact(`${method} ${address.origin}${address.pathname}`)
    return { url: address, label, method, headers, privateHeaders, body: () => content?.open() }
  }
}

function secretsOf(requests: readonly Exclude<SecretRequest, string>[], task: KindTask): Map<string, string> {
  return new Map(
    requests.map((request) => {
      const variable = secretVariable(request)
      const value = process.env[variable]
      if (value !== undefined) return [request.key, value]
      throw new FailedPreconditionError(
        `task ${task.name}: the secret ${request.key} is not there: the variable ${variable} is not set`,
        { hint: `In a local run set ${variable}; for a server, tern create secret ${request.key}.` },
      )
    }),
  )
}

function redacting(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]).filter((secret) => secret !== '')
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

function keyOf({ run, action }: TaskContext): string {
  if (run.name === '') return randomUUID()
  const place = [run.org, run.project, run.domain, run.name, action.name].join('/')
  return createHash('sha256').update(place).digest('hex')
}

interface RequestContent {
  readonly type: string
  /** It may be sent more than once. */
  readonly open: () => RequestBody
}

function toContent(value: unknown): RequestContent {
  if (value instanceof File) return { type: 'application/octet-stream', open: () => value.stream() }
  if (value instanceof Uint8Array)
    return { type: 'application/octet-stream', open: () => value as Uint8Array<ArrayBuffer> }
  if (typeof value === 'string') return { type: 'text/plain;charset=UTF-8', open: () => value }
  const json = toJson(value ?? null)
  return { type: 'application/json', open: () => json }
}
