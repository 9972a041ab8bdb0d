import { create, type JsonObject } from '@bufbuild/protobuf'
import {
  ConditionTimedOutError,
  type DurationInput,
  durationMs,
  FailedPreconditionError,
  fromProtoDuration,
  InvalidArgumentError,
  toProtoDuration,
} from '@tern/core'
import { notSignalled } from '@tern/core/engine'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import { type ConditionAction, ConditionActionSchema, ConditionPromptType } from '@tern/idl/workflow'
import { delay } from '../local/delay.ts'
import { askFor } from '../local/local-condition.ts'
import { askOnTerminal } from '../local/terminal-answers.ts'
import { readValues } from '../types/literal-wire.ts'
import { booleanSchema, floatSchema, integerSchema, stringSchema } from '../types/own-schemas.ts'
import { isSchema, type OutputOf, type Schema } from '../types/standard-schema.ts'
import { bindInterface, type TaskInterface } from '../types/task-interface.ts'
import { checkArrivedOutputs } from '../types/validation.ts'
import type { ConditionType } from './condition-request.ts'
import { currentScope, type Scope } from './context.ts'

interface ValuesByType {
  readonly boolean: boolean
  readonly integer: number
  readonly float: number
  readonly string: string
}

/** What a condition of a type, or with a schema, resolves to. */
export type ConditionValue<T> = T extends ConditionType ? ValuesByType[T] : T extends Schema ? OutputOf<T> : never

/** What a condition asks, of which type its value is, and how long it waits. */
export interface ConditionOptions<T extends ConditionType | Schema = ConditionType | Schema> {
  /** Names it among the run's conditions. */
  readonly name: string
  /** The type of its value, or a schema of a boolean, a number or a text, which may ask for more. Defaults to `'boolean'`. */
  readonly type?: T | undefined
  /** What is asked; at most 4096 characters. */
  readonly prompt: string
  /** How the prompt is written. Defaults to `'text'`. */
  readonly promptType?: 'text' | 'markdown' | undefined
  /** At most 2048 characters. */
  readonly description?: string | undefined
  /** How long it waits. Defaults to for ever. */
  readonly timeout?: DurationInput | undefined
  /** Told when the condition begins to wait. `{callback_uri}` in its texts becomes the address that takes the value. */
  readonly webhook?: { readonly url: string; readonly payload?: JsonObject | undefined } | undefined
}

/** Something that the task waits for, and that somebody else has to say. */
export interface Condition<T> {
  readonly name: string
  /**
   * Resolves with its value, however often it is asked.
   *
   * @throws ConditionTimedOutError, or ActionAbortedError
   */
  wait(): Promise<T>
}

/**
 * Asks somebody for a value: a person in the console or with `tern signal condition`, or a program. It is asked at once;
 * `wait` waits for the answer, for days if it takes them, and whatever is restarted in between.
 *
 * In a local run it is asked on the terminal, or answered by the run's `answerCondition`.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 * @throws FailedPreconditionError outside of every task
 */
export function newCondition<const T extends ConditionType | Schema = 'boolean'>(
  options: ConditionOptions<T>,
): Condition<ConditionValue<T>> {
  const { name } = options
  const task = interfaceOf(options)
  const spec = toSpec(options, task)
  const scope = currentScope()
  if (scope === undefined) {
    throw new FailedPreconditionError(`condition ${name} was made outside of every task`, {
      hint: 'Make it in the function of a task.',
    })
  }
  const value = open(spec, scope).then(async (bytes) => {
    const values = await checkArrivedOutputs(task, readValues(task.outputs, bytes))
    return (values as { readonly value: ConditionValue<T> }).value
  })
  // It may well be that nobody waits for it.
  value.catch(() => undefined)
  return { name, wait: () => value }
}

/** Asks for a value, and waits for it: `newCondition(options).wait()`. */
export function condition<const T extends ConditionType | Schema = 'boolean'>(
  options: ConditionOptions<T>,
): Promise<ConditionValue<T>> {
  return newCondition<T>(options).wait()
}

/** In a direct call, where nothing is an action. */
async function askDirectly(spec: ConditionAction, signal: AbortSignal): Promise<Uint8Array> {
  const over = new AbortController()
  const given = AbortSignal.any([signal, over.signal])
  try {
    return await Promise.race([askFor(spec, askOnTerminal, given), expired(spec, given)])
  } finally {
    over.abort()
  }
}

/** Rejects when nobody gave a value in time, or when nobody waits for one any more. */
async function expired({ name, timeout }: ConditionAction, signal: AbortSignal): Promise<never> {
  const limitMs = timeout === undefined ? Number.POSITIVE_INFINITY : fromProtoDuration(timeout).milliseconds
  await delay(limitMs, signal)
  throw new ConditionTimedOutError(notSignalled(limitMs).message, { actionName: name })
}

function open(spec: ConditionAction, { parent, trace, group, context }: Scope): Promise<Uint8Array> {
  if (parent === undefined) return askDirectly(spec, context.signal)
  const name = parent.namesIn(trace).next(spec.name, spec.name, group)
  return parent.openCondition({ name, group, spec })
}

const schemas: Readonly<Record<ConditionType, Schema>> = {
  boolean: booleanSchema,
  integer: integerSchema,
  float: floatSchema,
  string: stringSchema,
}

function interfaceOf({ name, type = 'boolean' }: ConditionOptions): TaskInterface {
  if (typeof name !== 'string' || name === '') throw invalid('a condition needs a name', 'name')
  const schema = isSchema(type) ? type : schemas[type]
  if (schema === undefined)
    throw invalid(`condition ${name}: there is no type ${JSON.stringify(type)}`, 'type', typesHint)
  const task = bindInterface(name, { outputs: { value: schema } }, 'condition')
  if (!isSignalled(typeOf(task))) {
    throw invalid(`condition ${name}: a value of type ${task.outputs[0]?.label} cannot be asked for`, 'type', typesHint)
  }
  return task
}

const typesHint = 'There are boolean, integer, float and string, and schemas of these.'

const signalledTypes: ReadonlySet<SimpleType> = new Set([
  SimpleType.BOOLEAN,
  SimpleType.INTEGER,
  SimpleType.FLOAT,
  SimpleType.STRING,
])

function isSignalled(type: LiteralType | undefined): boolean {
  return type?.type.case === 'simple' && signalledTypes.has(type.type.value)
}

function typeOf(task: TaskInterface): LiteralType | undefined {
  return task.outputs[0]?.codec.type
}

const longestPrompt = 4096
const longestDescription = 2048

function toSpec(options: ConditionOptions, task: TaskInterface): ConditionAction {
  const { name, prompt, description = '', promptType = 'text', timeout, webhook } = options
  if (typeof prompt !== 'string' || prompt.length > longestPrompt) {
    throw invalid(`condition ${name}: the prompt must be a text of at most ${longestPrompt} characters`, 'prompt')
  }
  if (typeof description !== 'string' || description.length > longestDescription) {
    throw invalid(
      `condition ${name}: the description must be a text of at most ${longestDescription} characters`,
      'description',
    )
  }
  if (promptType !== 'text' && promptType !== 'markdown') {
    throw invalid(`condition ${name}: a prompt is of type text or markdown`, 'promptType')
  }
  const timeoutMs = timeout === undefined ? 0 : durationMs(timeout, 'timeout')
  if (timeout !== undefined && timeoutMs <= 0)
    throw invalid(`condition ${name}: the timeout must be positive`, 'timeout')
  if (webhook !== undefined && !/^https?:\/\//i.test(webhook.url)) {
    throw invalid(`condition ${name}: the webhook must be an http:// or https:// address`, 'webhook.url')
  }
  const type = typeOf(task)
  return create(ConditionActionSchema, {
    name,
    prompt,
    description,
    promptType: promptType === 'text' ? ConditionPromptType.TEXT : ConditionPromptType.MARKDOWN,
    ...(type === undefined ? {} : { type }),
    ...(timeoutMs === 0 ? {} : { timeout: toProtoDuration(timeoutMs) }),
    ...(webhook === undefined ? {} : { webhook: toWebhook(webhook) }),
  })
}

function toWebhook({ url, payload }: NonNullable<ConditionOptions['webhook']>) {
  return { url, ...(payload === undefined ? {} : { payload }) }
}

function invalid(message: string, field: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { field, hint })
}
