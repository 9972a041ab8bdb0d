import { DataValidationError, FailedPreconditionError, literalTypes, parseText, fromLiteral } from '@tern/core'
import type { ConditionAnswer, ConditionRequest } from '../authoring/condition-request.ts'

/** What answers are asked on. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

// One question at a time: several conditions may wait at once, and there is one terminal.
let last: Promise<unknown> = Promise.resolve()

/**
 * Asks a person on the terminal, again until the answer is of the condition's type.
 *
 * @throws FailedPreconditionError when there is no terminal
 */
export function askOnTerminal(
  request: ConditionRequest,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<ConditionAnswer> {
  if (terminal.input.isTTY !== true) return Promise.reject(nobodyToAsk(request))
  const answer = last.then(() => ask(request, terminal))
  last = answer.catch(() => undefined)
  return answer
}

async function ask(request: ConditionRequest, terminal: Terminal): Promise<ConditionAnswer> {
  const { prompt, description, type, signal } = request
  // Loaded when it is needed, which in a worker is never.
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: terminal.input, output: terminal.output })
  // What a terminal makes of Ctrl-C is up to whoever reads from it.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const closed = new Promise<never>((_, reject) => lines.once('close', () => reject(nobodyToAsk(request))))
  closed.catch(() => undefined)
  try {
    if (description !== '') terminal.output.write(`${description}\n`)
    for (;;) {
      const text = (await Promise.race([lines.question(`${prompt} (${type}) `, { signal }), closed])).trim()
      const value = readAnswer(text, type)
      if (value !== undefined) return value
      terminal.output.write(`${JSON.stringify(text)} is not of type ${type}\n`)
    }
  } finally {
    lines.close()
  }
}

const yes = /^(?:y|yes|true)$/i
const no = /^(?:n|no|false)$/i

/** The value that somebody has typed for a condition; undefined where it is of another type. */
export function readAnswer(text: string, type: ConditionRequest['type']): ConditionAnswer | undefined {
  if (type === 'boolean') return yes.test(text) ? true : no.test(text) ? false : undefined
  const wire = literalTypes[type]()
  try {
    return fromLiteral(parseText(text, wire, ''), wire, '') as ConditionAnswer
  } catch (error) {
    if (error instanceof DataValidationError) return undefined
    throw error
  }
}

function nobodyToAsk({ name }: ConditionRequest): FailedPreconditionError {
  return new FailedPreconditionError(`condition ${name} waits for a value, and there is no terminal to ask for it on`, {
    hint: 'Answer it with the option answerCondition of run.local(), or run the task on a server.',
  })
}
