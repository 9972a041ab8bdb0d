import type { JsonValue } from '@bufbuild/protobuf'
import { isRecord } from './plain-object.ts'

// What a task's logger says is one line of the attempt's log: a JSON object, which programs read and people are shown as
// text. Lines of other loggers that write JSON (pino, winston, structlog) are read as well.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** A line of a log that says more than text. */
export interface LogRecord {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, JsonValue>>
}

// What has a meaning of its own in a line. A line has its time already.
const times = ['time', 'timestamp', 'ts']
const reserved: ReadonlySet<string> = new Set(['level', 'message', 'msg', 'event', ...times])

/** A record as a line. A field whose name is one of the line's own, such as `level`, gets a `_` behind it. */
export function writeLogRecord({ level, message, fields }: LogRecord): string {
  const line: Record<string, JsonValue> = { level, message }
  for (const [name, value] of Object.entries(fields)) line[reserved.has(name) ? `${name}_` : name] = value
  return JSON.stringify(line)
}

/** The record that a line is; undefined for one that is just text. */
export function readLogRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{') || !line.trimEnd().endsWith('}')) return undefined
  const json = parse(line)
  if (!isRecord(json)) return undefined
  const level = toLevel(json['level'])
  const name = ['message', 'msg', 'event'].find((key) => typeof json[key] === 'string')
  if (level === undefined || name === undefined) return undefined
  const { level: _, [name]: message, ...fields } = json as Record<string, JsonValue>
  for (const time of times) delete fields[time]
  return { level, message: message as string, fields }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'error',
  fatal: 'error',
}

function toLevel(level: unknown): LogLevel | undefined {
  if (typeof level === 'string') {
    const name = level.toLowerCase()
    return Object.hasOwn(levels, name) ? levels[name] : undefined
  }
  // As pino numbers them.
  if (typeof level !== 'number') return undefined
  return level < 30 ? 'debug' : level < 40 ? 'info' : level < 50 ? 'warn' : 'error'
}

const colours: Readonly<Record<LogLevel, number>> = { debug: 90, info: 36, warn: 33, error: 31 }

/** A record as people read it: `WARN  the message  name=value`, and below it the stack of an error in it. */
export function formatLogRecord({ level, message, fields }: LogRecord, { colors = false } = {}): string {
  const paint = (code: number, text: string) => (colors ? `\u001b[${code}m${text}\u001b[39m` : text)
  const entries = Object.entries(fields)
  const pairs = entries.map(([name, value]) => `${paint(90, `${name}=`)}${fieldText(value)}`)
  const stacks = entries.flatMap(([, value]) => stackOf(value) ?? [])
  const head = [paint(colours[level], level.toUpperCase().padEnd(5)), message].join(' ')
  return [[head, ...pairs].join('  '), ...stacks].join('\n')
}

/** A line of a log as people read it, whether it is a record or not. */
export function formatLogLine(line: string, options: { readonly colors?: boolean } = {}): string {
  const record = readLogRecord(line)
  return record === undefined ? line : formatLogRecord(record, options)
}

function fieldText(value: JsonValue): string {
  const stack = stackOf(value)
  if (stack !== undefined) return fieldText(stack.split('\n', 1)[0] ?? '')
  if (typeof value === 'string' && /^[^\s"'=]+$/.test(value)) return value
  return JSON.stringify(value)
}

function stackOf(value: JsonValue): string | undefined {
  return isRecord(value) && typeof value['stack'] === 'string' ? value['stack'] : undefined
}
