import { currentScope } from '../authoring/context.ts'
import { guardExit } from '../runtime/exit-guard.ts'
import { divertOutput } from '../runtime/log-capture.ts'
import { LocalAttempt } from './local-attempt.ts'
import { scopeEnv } from './scoped-env.ts'

let runs = 0
let release: (() => void) | undefined

/**
 * Makes this process what a worker is to the tasks that run in it: what they print, the variables they see, their errors that
 * nobody catches and their calls of `process.exit` are their own.
 *
 * @returns ends it; the process is as before when no local run is left
 */
export function enterLocalRun(): () => void {
  runs += 1
  release ??= takeProcess()
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    runs -= 1
    if (runs > 0) return
    release?.()
    release = undefined
  }
}

function takeProcess(): () => void {
  const releases = [
    scopeEnv(),
    guardExit(() => attemptHere() !== undefined),
    divertOutput((scope) => (scope?.parent instanceof LocalAttempt ? scope.parent.output : undefined)),
    takeStrayErrors(),
  ]
  return () => {
    for (const end of releases.reverse()) end()
  }
}

/** Errors that nobody catches belong to the attempt whose code raised them; others end the process, as ever. */
function takeStrayErrors(): () => void {
  const onException = (error: unknown) => attribute(error, 'uncaughtException', onException)
  const onRejection = (error: unknown) => attribute(error, 'unhandledRejection', onRejection)
  process.on('uncaughtException', onException)
  process.on('unhandledRejection', onRejection)
  return () => {
    process.off('uncaughtException', onException)
    process.off('unhandledRejection', onRejection)
  }
}

type StrayEvent = 'uncaughtException' | 'unhandledRejection'

function attribute(error: unknown, event: StrayEvent, listener: (error: unknown) => void): void {
  const attempt = attemptHere()
  if (attempt !== undefined) {
    attempt.fail(error)
    return
  }
  // Somebody else deals with it.
  if (process.rawListeners(event).some((other) => other !== listener)) return
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`Uncaught ${text}\n`, () => process.exit(1))
}

function attemptHere(): LocalAttempt | undefined {
  const parent = currentScope()?.parent
  return parent instanceof LocalAttempt ? parent : undefined
}
