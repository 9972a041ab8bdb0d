import type { Logger } from 'pino'
import type { CliIo, Colors } from './io.ts'

/** A logger to standard error: JSON lines for programs, readable lines for a terminal. */
export async function createServerLogger(level: string, { stderr }: Pick<CliIo, 'stderr'>): Promise<Logger> {
  const { pino } = await import('pino')
  return pino(
    { level },
    { write: (line: string) => stderr.write(stderr.isTerminal ? readableLogLine(line, stderr.colors) : line) },
  )
}

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
const usual = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'part', 'err'])

/** What pino writes, and what the server adds to say where a line comes from. */
interface LogEntry {
  readonly level: number
  /** UTC epoch milliseconds. */
  readonly time: number
  readonly msg?: string
  readonly part?: string
  readonly err?: { readonly stack?: string; readonly message?: string }
}

/** A log line for people: time, level, part, message, and whatever else it says. */
export function readableLogLine(line: string, colors: Colors): string {
  const entry = parseEntry(line)
  if (entry === undefined) return line
  const { level, time, msg = '', part, err } = entry
  const rest = Object.entries(entry).filter(([key]) => !usual.has(key))
  const facts = rest.map(([key, value]) => ` ${key}=${JSON.stringify(value)}`).join('')
  const stack = err === undefined ? '' : `\n${err.stack ?? err.message ?? ''}`
  const clock = new Date(time).toISOString().slice(11, 19)
  const source = part === undefined ? '' : `${part}: `
  return `${colors.dim(clock)} ${styleLevel(levels[level] ?? 'info', colors)} ${source}${msg}${colors.dim(facts + stack)}\n`
}

function parseEntry(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry
  } catch {
    return undefined
  }
}

function styleLevel(level: string, colors: Colors): string {
  if (level === 'error' || level === 'fatal') return colors.red(level)
  return level === 'warn' ? colors.yellow(level) : colors.dim(level)
}
