import { useMutation } from '@connectrpc/connect-query'
import { SimpleType } from '@tern/idl/core'
import { type ConditionAction, type EventPayload, RunService } from '@tern/idl/workflow'
import { type FormEvent, useState } from 'react'
import { Button } from '../../../design/button.tsx'
import { ProblemLine } from '../../../design/states.tsx'
import { tell } from '../../../design/toast.tsx'
import { Prompt } from '../../../data/prompt.tsx'
import type { DataSource } from '../../../data/stored-data.tsx'
import { parseAnswer, payloadOf } from './answer.ts'

/** Asks what a condition asks, and gives it the answer. */
export function ConditionForm({
  condition,
  source,
  parent,
}: {
  condition: ConditionAction
  source: DataSource
  parent: string
}) {
  const { project, domain, run, action } = source
  const signal = useMutation(RunService.method.signalEvent, {
    onSuccess: () => tell('The answer is given; the run goes on'),
  })
  const answer = (payload: EventPayload) =>
    signal.mutate({
      actionId: { name: action, run: { org: '', project, domain, name: run } },
      parentActionName: parent,
      payload,
    })
  const choices = condition.type?.type.case === 'enumType' ? condition.type.type.value.values : undefined
  const type = condition.type?.type.case === 'simple' ? condition.type.type.value : SimpleType.STRING
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-ask/40 bg-ask-soft/50 p-3">
      <Prompt condition={condition} />
      {condition.description && <p className="text-xs whitespace-pre-wrap text-muted">{condition.description}</p>}
      {choices !== undefined ? (
        <div className="flex flex-wrap gap-2">
          {choices.map((choice) => (
            <Button key={choice} disabled={signal.isPending} onClick={() => answer(payloadOf('stringValue', choice))}>
              {choice}
            </Button>
          ))}
        </div>
      ) : type === SimpleType.BOOLEAN ? (
        <div className="flex gap-2">
          <Button look="primary" disabled={signal.isPending} onClick={() => answer(payloadOf('boolValue', true))}>
            Approve
          </Button>
          <Button look="danger" disabled={signal.isPending} onClick={() => answer(payloadOf('boolValue', false))}>
            Reject
          </Button>
        </div>
      ) : (
        <ValueForm name={condition.name} type={type} isPending={signal.isPending} onAnswer={answer} />
      )}
      <ProblemLine error={signal.error} />
    </div>
  )
}

const wanted: Readonly<Record<number, string>> = {
  [SimpleType.INTEGER]: 'a whole number',
  [SimpleType.FLOAT]: 'a number',
  [SimpleType.STRING]: 'text',
}

function ValueForm({
  name,
  type,
  isPending,
  onAnswer,
}: {
  readonly name: string
  readonly type: SimpleType
  readonly isPending: boolean
  readonly onAnswer: (payload: EventPayload) => void
}) {
  const [text, setText] = useState('')
  const payload = parseAnswer(text, type)
  const isText = type !== SimpleType.INTEGER && type !== SimpleType.FLOAT
  const isWrong = text !== '' && payload === undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (payload !== undefined) onAnswer(payload)
  }
  const field = {
    value: text,
    'aria-label': name,
    'aria-invalid': isWrong,
    placeholder: wanted[type] ?? 'text',
    onChange: (event: { target: { value: string } }) => setText(event.target.value),
    className:
      'min-w-0 grow rounded-md border border-line-strong bg-surface px-2.5 py-1.5 text-sm aria-invalid:border-bad',
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-1.5">
      <div className="flex items-start gap-2">
        {isText ? <textarea rows={2} {...field} /> : <input inputMode="decimal" {...field} />}
        <Button type="submit" look="primary" disabled={isPending || payload === undefined || (text === '' && !isText)}>
          Answer
        </Button>
      </div>
      {isWrong && <p className="text-xs text-bad">It takes {wanted[type]}.</p>}
    </form>
  )
}
