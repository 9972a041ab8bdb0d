import { create } from '@bufbuild/protobuf'
import { SimpleType } from '@tern/idl/core'
import { type EventPayload, EventPayloadSchema } from '@tern/idl/workflow'

/** What a condition is given. */
export function payloadOf<Case extends 'boolValue' | 'intValue' | 'floatValue' | 'stringValue'>(
  kind: Case,
  value: Extract<EventPayload['value'], { case: Case }>['value'],
): EventPayload {
  return create(EventPayloadSchema, { value: { case: kind, value } as EventPayload['value'] })
}

/** The answer that a text stands for; undefined when it is none of the type. */
export function parseAnswer(text: string, type: SimpleType): EventPayload | undefined {
  if (type === SimpleType.INTEGER) {
    return /^[+-]?\d+$/.test(text.trim()) ? payloadOf('intValue', BigInt(text.trim().replace(/^\+/, ''))) : undefined
  }
  if (type === SimpleType.FLOAT) {
    return text.trim() !== '' && Number.isFinite(Number(text)) ? payloadOf('floatValue', Number(text)) : undefined
  }
  return payloadOf('stringValue', text)
}
