import { formatLogRecord, type LogRecord, readLogRecord } from '@tern/core/log-record'
import type { LogEntry } from '@tern/sdk/client'
import type { OutputFormat } from '../flags/common-options.ts'
import type { Colors } from '../io.ts'

/** A line of a log as `-o json` shows it: one object a line, as they come. */
export interface LogView {
  /** When it was written; null where nobody knows. */
  readonly at: string | null
  readonly text: string
  /** Whether the platform wrote it, and not the task. */
  readonly system: boolean
  /** Level, message and fields, of a line that a logger wrote; null for one that is just text. */
  readonly record: LogRecord | null
}

export function toLogView({ at, text, isSystem }: LogEntry): LogView {
  return { at: at?.toISOString() ?? null, text, system: isSystem, record: readLogRecord(text) ?? null }
}

/** A line of a log, with the line's end. */
export function logLine(line: LogView, format: OutputFormat, colors: Colors): string {
  if (format === 'json') return `${JSON.stringify(line)}\n`
  if (format === 'yaml') return `- ${JSON.stringify(line)}\n`
  if (line.record !== null) return `${formatLogRecord(line.record, { colors: colors.isColorSupported })}\n`
  return `${line.system ? colors.dim(line.text) : line.text}\n`
}
