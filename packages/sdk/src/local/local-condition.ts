import { create, toBinary } from '@bufbuild/protobuf'
import {
  ActionAbortedError,
  ConditionTimedOutError,
  formatDuration,
  fromProtoDuration,
  literalTypes,
  toLiteral,
} from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import { type ConditionAction, ConditionPromptType } from '@tern/idl/workflow'
import type { AnswerCondition, ConditionType } from '../authoring/condition-request.ts'
import { delay } from './delay.ts'

export interface LocalCondition {
  readonly spec: ConditionAction
  readonly actionName: string
  readonly answer: AnswerCondition
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal
}

/** Has a condition answered in this process. */
export async function answerLocally(
  condition: LocalCondition,
): Promise<{ readonly outputs: Uint8Array } | { readonly error: Error }> {
  const over = new AbortController()
  const signal = AbortSignal.any([condition.signal, over.signal])
  try {
    return {
      outputs: await Promise.race([answered(condition, signal), timedOut(condition, signal), aborted(condition)]),
    }
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  } finally {
    over.abort()
  }
}

async function answered({ spec, answer }: LocalCondition, signal: AbortSignal): Promise<Uint8Array> {
  const { name, prompt, promptType, description, type = literalTypes.boolean() } = spec
  const value = await answer({
    name,
    prompt,
    promptType: promptType === ConditionPromptType.MARKDOWN ? 'markdown' : 'text',
    description,
    type: typeName(type),
    signal,
  })
  const literal = toLiteral(value, type, `condition ${name}`)
  return toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name: 'value', value: literal }] }))
}

async function timedOut({ spec, actionName }: LocalCondition, signal: AbortSignal): Promise<never> {
  if (spec.timeout === undefined) return new Promise<never>(() => {})
  const limit = fromProtoDuration(spec.timeout)
  await delay(limit.milliseconds, signal)
  throw new ConditionTimedOutError(`nobody gave condition ${spec.name} a value within ${formatDuration(limit)}`, {
    actionName,
  })
}

function aborted({ signal, spec, actionName }: LocalCondition): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => {
      const { reason } = signal
      const isKnown = reason instanceof ActionAbortedError
      reject(
        isKnown ? reason : new ActionAbortedError(`condition ${spec.name} was aborted`, { actionName, cause: reason }),
      )
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

const typeNames: ReadonlyMap<SimpleType, ConditionType> = new Map([
  [SimpleType.BOOLEAN, 'boolean'],
  [SimpleType.INTEGER, 'integer'],
  [SimpleType.FLOAT, 'float'],
  [SimpleType.STRING, 'string'],
])

function typeName({ type }: LiteralType): ConditionType {
  return (type.case === 'simple' ? typeNames.get(type.value) : undefined) ?? 'string'
}
