import type { AnswerCondition, ConditionAnswer, ConditionRequest } from '@tern/sdk'
import { readAnswer } from '@tern/sdk/internal'
import type { ScreenQuestions } from './screen-run.ts'

interface Waiting {
  readonly request: ConditionRequest
  readonly resolve: (answer: ConditionAnswer) => void
}

/** The conditions of a run that wait for an answer, in the order in which they came. */
export class Questions implements ScreenQuestions {
  #waiting: Waiting[] = []

  /** Waits for somebody to answer. */
  readonly answer: AnswerCondition = (request) =>
    new Promise((resolve, reject) => {
      const waiting = { request, resolve }
      this.#waiting.push(waiting)
      request.signal.addEventListener(
        'abort',
        () => {
          this.#remove(waiting)
          reject(request.signal.reason as Error)
        },
        { once: true },
      )
    })

  get current(): ConditionRequest | undefined {
    return this.#waiting[0]?.request
  }

  give(text: string): string {
    const [waiting] = this.#waiting
    if (waiting === undefined) return ''
    const { type } = waiting.request
    const value = readAnswer(text, type)
    if (value === undefined) return `not of type ${type}`
    this.#remove(waiting)
    waiting.resolve(value)
    return ''
  }

  #remove(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting)
  }
}
