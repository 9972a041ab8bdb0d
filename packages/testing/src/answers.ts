import { FailedPreconditionError } from '@tern/core'
import type { AnswerCondition, ConditionAnswer, ConditionRequest } from '@tern/sdk'

/** By the name of the condition: its value, or what gives it. */
export type Answers = Readonly<
  Record<string, ConditionAnswer | ((request: ConditionRequest) => ConditionAnswer | Promise<ConditionAnswer>)>
>

/** Nobody answers: the condition waits until it times out, or its run ends. */
export function nobody(): Promise<never> {
  return new Promise(() => {})
}

/**
 * Answers the conditions of a local run: `run.local(task, inputs, { answerCondition: answerWith({ approve: true }) })`. One that
 * is not among them fails, and says so.
 */
export function answerWith(answers: Answers): AnswerCondition {
  return (request) => {
    const answer = Object.hasOwn(answers, request.name) ? answers[request.name] : undefined
    if (answer === undefined) {
      throw new FailedPreconditionError(`the test has no answer for condition ${request.name}`, {
        hint: `It has answers for ${Object.keys(answers).join(', ') || 'none'}.`,
      })
    }
    return typeof answer === 'function' ? answer(request) : answer
  }
}
