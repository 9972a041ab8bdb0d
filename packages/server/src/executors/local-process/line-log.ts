import type { Readable } from 'node:stream'
import { create, toBinary } from '@bufbuild/protobuf'
import type { Clock } from '@tern/core'
import { LogChunkSchema, type LogLine, LogLine_Stream, LogLineSchema } from '@tern/idl/worker'

// A line longer than this is kept in parts.
const maxLineLength = 16 * 1024
const maxLines = 200
const flushMs = 50
const keptErrors = 100
// What Flyte's SDK prints to standard output when an error ends the interpreter; the error's own line comes next, there too.
const announcement = 'Filtered traceback (most recent call last):'
const maxChunkLength = 256 * 1024
// As many may be on their way to the store; then the process has to wait.
const mostUnstored = 32

export interface LineLogOptions {
  readonly clock: Clock
  readonly onChunk: (chunk: Uint8Array, lineCount: number) => void
  /** Resolves when the chunks so far are stored. Without it, whoever writes is never made to wait. */
  readonly stored?: (() => Promise<void>) | undefined
}

/**
 * Collects a process's output line by line, and hands it on in chunks: soon, but not one by one. A process that writes more
 * than can be stored waits, as it would for a slow terminal.
 */
export class LineLog {
  readonly #options: LineLogOptions
  readonly #sources: Readable[] = []
  #lines: LogLine[] = []
  #length = 0
  #unstored = 0
  #timer: NodeJS.Timeout | undefined
  #lastErrors: string[] = []
  #isErrorNext = false
  #lastError: string | undefined

  constructor(options: LineLogOptions) {
    this.#options = options
  }

  /** The last lines of standard error, and the error that the interpreter ended with, if it printed that elsewhere. */
  get lastErrors(): ReadonlyArray<string> {
    const lines = this.#lastErrors.slice(-keptErrors)
    return this.#lastError === undefined ? lines : [...lines, this.#lastError]
  }

  capture(output: Readable, stream: LogLine_Stream): void {
    let rest = ''
    this.#sources.push(output)
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
    if (stream === LogLine_Stream.STDOUT) this.#lookForError(text)
    this.#lines.push(create(LogLineSchema, { atMs: this.#options.clock.now(), stream, text }))
    this.#length += text.length
    if (this.#lines.length >= maxLines || this.#length >= maxChunkLength) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), flushMs)
  }

  #keepError(text: string): void {
    this.#lastErrors.push(text)
    if (this.#lastErrors.length >= 2 * keptErrors) this.#lastErrors = this.#lastErrors.slice(-keptErrors)
  }

  #lookForError(text: string): void {
    if (this.#isErrorNext) this.#lastError = text
    this.#isErrorNext = text === announcement
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#lines
    this.#lines = []
    this.#length = 0
    if (lines.length === 0) return
    this.#options.onChunk(toBinary(LogChunkSchema, create(LogChunkSchema, { lines })), lines.length)
    this.#unstored += 1
    if (this.#unstored === mostUnstored) void this.#makeWait()
  }

  async #makeWait(): Promise<void> {
    for (const source of this.#sources) source.pause()
    await this.#options.stored?.()
    this.#unstored = 0
    for (const source of this.#sources) source.resume()
  }
}
