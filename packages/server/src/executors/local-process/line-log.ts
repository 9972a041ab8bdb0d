import type { Readable } from 'node:stream'
import { create, toBinary } from '@bufbuild/protobuf'
import type { Clock } from '@tern/core'
import { LogChunkSchema, type LogLine, LogLine_Stream, LogLineSchema } from '@tern/idl/worker'

// A line longer than this is kept in parts.
const maxLineLength = 16 * 1024
const maxLines = 200
const flushMs = 50
const keptErrors = 10

/** Collects a process's output line by line, and hands it on in chunks: soon, but not one by one. */
export class LineLog {
  readonly #clock: Clock
  readonly #onChunk: (chunk: Uint8Array, lineCount: number) => void
  #lines: LogLine[] = []
  #timer: NodeJS.Timeout | undefined
  #lastErrors: string[] = []

  constructor(clock: Clock, onChunk: (chunk: Uint8Array, lineCount: number) => void) {
    this.#clock = clock
    this.#onChunk = onChunk
  }

  /** The last lines of standard error. */
  get lastErrors(): ReadonlyArray<string> {
    return this.#lastErrors.slice(-keptErrors)
  }

  capture(output: Readable, stream: LogLine_Stream): void {
    let rest = ''
    output.setEncoding('utf8')
    output.on('data', (text: string) => {
      const parts = (rest + text).split(/\r?\n/)
      rest = parts.pop() ?? ''
      for (const line of parts) this.add(stream, line)
      for (; rest.length > maxLineLength; rest = rest.slice(maxLineLength))
        this.add(stream, rest.slice(0, maxLineLength))
    })
    output.on('end', () => rest !== '' && this.add(stream, rest))
  }

  add(stream: LogLine_Stream, text: string): void {
    if (stream === LogLine_Stream.STDERR) this.#keepError(text)
    this.#lines.push(create(LogLineSchema, { atMs: this.#clock.now(), stream, text }))
    if (this.#lines.length >= maxLines) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), flushMs)
  }

  #keepError(text: string): void {
    this.#lastErrors.push(text)
    if (this.#lastErrors.length >= 2 * keptErrors) this.#lastErrors = this.#lastErrors.slice(-keptErrors)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#lines
    this.#lines = []
    if (lines.length > 0) this.#onChunk(toBinary(LogChunkSchema, create(LogChunkSchema, { lines })), lines.length)
  }
}
