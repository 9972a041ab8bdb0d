import type { JsonValue } from '@bufbuild/protobuf'
import { formatLogRecord, type LogLevel, type LogRecord, writeLogRecord } from '@tern/core/log-record'

/** What is said with a message, by name: anything; an `Error` with its stack, times as text, what JSON lacks as text. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Writes lines into the log of the attempt that say more than text: a level, a message, and fields. The console and
 * `tern get logs` show them in colours; `tern get logs -o json` gives them in parts.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose lines all have these fields too. */
  child(fields: LogFields): Logger
}

/** What takes the lines of a logger, without their ends. */
export type WriteLine = (line: string) => void

/** A logger whose lines are JSON, for a log that programs read. */
export function recordLogger(write: WriteLine): Logger {
  return new RecordLogger((record) => write(writeLogRecord(record)), {})
}

/** A logger whose lines are for the person before the terminal, or whatever standard output is. */
export function textLogger(): Logger {
  return new RecordLogger((record) => {
    const colors = process.stdout.isTTY === true && !process.env.NO_COLOR
    process.stdout.write(`${formatLogRecord(record, { colors })}\n`)
  }, {})
}

class RecordLogger implements Logger {
  readonly #write: (record: LogRecord) => void
  readonly #fields: Readonly<Record<string, JsonValue>>

  constructor(write: (record: LogRecord) => void, fields: Readonly<Record<string, JsonValue>>) {
    this.#write = write
    this.#fields = fields
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields)
  }

  child(fields: LogFields): Logger {
    return new RecordLogger(this.#write, { ...this.#fields, ...toJsonFields(fields) })
  }

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#write({ level, message: String(message), fields: { ...this.#fields, ...toJsonFields(fields) } })
  }
}

// To say something is never what a task fails of: whatever is given is written somehow.
function toJsonFields(fields: LogFields): Record<string, JsonValue> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, toJson(value)]))
}

function toJson(value: unknown): JsonValue {
  try {
    const text = JSON.stringify(value, replaced)
    return text === undefined ? String(value) : (JSON.parse(text) as JsonValue)
  } catch (error) {
    // One that contains itself, or whose own code throws.
    return `(cannot be shown: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)})`
  }
}

function replaced(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return Object.assign({}, value, { name: value.name, message: value.message, stack: value.stack })
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
