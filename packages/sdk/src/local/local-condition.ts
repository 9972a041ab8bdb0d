import { create, toBinary } from '@bufbuild/protobuf'
import { ActionAbortedError, literalTypes, toLiteral, toTaskFailure } from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import { type ConditionAction, ConditionPromptType } from '@tern/idl/workflow'
import type { AnswerCondition, ConditionType } from '../authoring/condition-request.ts'
import type { LocalAction } from './local-action.ts'

/** Has a condition of a local run answered in this process. */
export function answerLocally(condition: LocalAction, spec: ConditionAction, answer: AnswerCondition): void {
  const over = new AbortController()
  const reason = new ActionAbortedError(`condition ${spec.name} is over`, { actionName: condition.name })
  void condition.ended.then(() => over.abort(reason))
  askFor(spec, answer, over.signal).then(
    (outputs) => condition.signal(outputs),
    (error: unknown) => condition.fail({ ...toTaskFailure(error), recoverable: false }),
  )
}

/**
 * Asks for a condition's value.
 *
 * @returns a serialised flyteidl2.task.Outputs
 * @throws DataValidationError when the answer is of another type
 */
export async function askFor(spec: ConditionAction, answer: AnswerCondition, signal: AbortSignal): Promise<Uint8Array> {
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

const typeNames: ReadonlyMap<SimpleType, ConditionType> = new Map([
  [SimpleType.BOOLEAN, 'boolean'],
  [SimpleType.INTEGER, 'integer'],
  [SimpleType.FLOAT, 'float'],
  [SimpleType.STRING, 'string'],
])

function typeName({ type }: LiteralType): ConditionType {
  return (type.case === 'simple' ? typeNames.get(type.value) : undefined) ?? 'string'
}
