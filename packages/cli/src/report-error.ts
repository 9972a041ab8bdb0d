import type { Colors } from './io.ts'
import { CommandError, QuietExit, UsageError } from './usage-error.ts'

// As in @tern/core, which takes too long to load just to say what went wrong.
const ternErrorBrand = Symbol.for('tern.error')

export const exitCodes = { done: 0, failed: 1, misused: 2, interrupted: 130 } as const

export interface ErrorReport {
  /** What to print, with the line's end; empty when it has been said already. */
  readonly text: string
  readonly exitCode: number
}

/** What to print for an error, and how to exit. */
export function reportError(error: unknown, options: { verbose: boolean; colors: Colors }): ErrorReport {
  if (error instanceof QuietExit) return { text: '', exitCode: error.exitCode }
  const exitCode = error instanceof UsageError ? exitCodes.misused : exitCodes.failed
  return { text: describeError(error, options), exitCode }
}

function describeError(error: unknown, { verbose, colors }: { verbose: boolean; colors: Colors }): string {
  const lines = [`${colors.red('error:')} ${messageOf(error)}`]
  const hint =
    hintOf(error) ?? (isExpected(error) || verbose ? undefined : 'This should not happen. See more with --verbose.')
  if (hint !== undefined) lines.push(`${colors.dim('hint:')} ${hint}`)
  if (verbose) lines.push('', ...stacksOf(error).map((line) => colors.dim(line)))
  return `${lines.join('\n')}\n`
}

function isExpected(error: unknown): boolean {
  if (error instanceof UsageError || error instanceof CommandError) return true
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[ternErrorBrand] === true
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? error.name : error.message
}

function hintOf(error: unknown): string | undefined {
  const hint = typeof error === 'object' && error !== null ? (error as { hint?: unknown }).hint : undefined
  return typeof hint === 'string' && hint !== '' ? hint : undefined
}

/** The stacks of an error and its causes. */
function stacksOf(error: unknown): string[] {
  const lines: string[] = []
  const seen = new Set<unknown>()
  for (let next = error; next instanceof Error && !seen.has(next); next = next.cause) {
    seen.add(next)
    if (lines.length > 0) lines.push('caused by:')
    lines.push(...(next.stack ?? String(next)).split('\n'))
  }
  return lines
}
