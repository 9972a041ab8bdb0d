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

/** A log line for people: time, level, part, message, and whatever else it says. */
export function readableLogLine(line: string, colors: Colors): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const level = levels[Number(entry['level'])] ?? 'info'
  const time = new Date(Number(entry['time'])).toISOString().slice(11, 19)
  const part = entry['part'] === undefined ? '' : `${String(entry['part'])}: `
  const rest = Object.entries(entry).filter(([key]) => !usual.has(key))
  const facts = rest.map(([key, value]) => ` ${key}=${JSON.stringify(value)}`).join('')
  const error = entry['err'] as { stack?: string; message?: string } | undefined
  const stack = error === undefined ? '' : `\n${error.stack ?? error.message ?? ''}`
  return `${colors.dim(time)} ${styleLevel(level, colors)} ${part}${String(entry['msg'] ?? '')}${colors.dim(facts + stack)}\n`
}

function styleLevel(level: string, colors: Colors): string {
  if (level === 'error' || level === 'fatal') return colors.red(level)
  return level === 'warn' ? colors.yellow(level) : colors.dim(level)
}
