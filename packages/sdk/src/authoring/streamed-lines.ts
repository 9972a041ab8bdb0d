import { DataValidationError, describeValue } from '@tern/core'
import type { TaskFunction } from './task-definition.ts'

/**
 * What the function of a task gives back: its result at once, later, or at the end of a generator, each of whose texts is a
 * line of the attempt's log as soon as it is yielded.
 */
export type Returned<R> = R | Promise<R> | Generator<string, R, unknown> | AsyncGenerator<string, R, unknown>

/** The same function, whose generators have run to their end. */
export function streaming(name: string, fn: TaskFunction): TaskFunction {
  return (inputs, context) => {
    const returned = fn(inputs, context)
    return isGenerator(returned) ? logged(returned, name, context.signal) : returned
  }
}

type Lines = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>

function isGenerator(value: unknown): value is Lines {
  if (typeof value !== 'object' || value === null) return false
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  return tag === 'Generator' || tag === 'AsyncGenerator'
}

// A generator that only computes would hold up everything else: after so long, others have a turn.
const longTurnMs = 20

async function logged(lines: Lines, name: string, signal: AbortSignal): Promise<unknown> {
  let turnEndsAt = performance.now() + longTurnMs
  let isOver = false
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = lines.next()
      const { done, value } = next instanceof Promise ? await next : next
      if (done === true) {
        isOver = true
        return value
      }
      writeLine(value, name)
      if (performance.now() < turnEndsAt) continue
      await new Promise((resolve) => setImmediate(resolve))
      turnEndsAt = performance.now() + longTurnMs
    }
  } finally {
    // One that is broken off cleans up, as it does where a loop is left.
    if (!isOver) await lines.return(undefined)
  }
}

function writeLine(line: unknown, name: string): void {
  if (typeof line !== 'string') {
    throw new DataValidationError(`task ${name} yielded ${describeValue(line)}: what it yields are lines of its log`, {
      hint: 'Yield texts, and return the output.',
    })
  }
  process.stdout.write(line.endsWith('\n') ? line : `${line}\n`)
}
