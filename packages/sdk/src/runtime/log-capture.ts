import { StringDecoder } from 'node:string_decoder'
import { currentScope } from '../authoring/context.ts'

/** Takes the lines that one attempt writes. */
export interface LineSink {
  line(stream: 'stdout' | 'stderr', text: string): void
}

interface Partial {
  text: string
  readonly decoder: StringDecoder
}

/** Cuts what one attempt writes into lines. */
export class LineBuffer {
  private readonly sink: LineSink
  private readonly partial: Record<'stdout' | 'stderr', Partial | undefined> = { stdout: undefined, stderr: undefined }

  constructor(sink: LineSink) {
    this.sink = sink
  }

  write(stream: 'stdout' | 'stderr', chunk: string | Uint8Array): void {
    const partial = this.partial[stream]
    const text = typeof chunk === 'string' ? chunk : this.decode(stream, chunk)
    const lines = ((partial?.text ?? '') + text).split('\n')
    const rest = lines.pop() as string
    for (const line of lines) this.sink.line(stream, line.endsWith('\r') ? line.slice(0, -1) : line)
    const kept = this.partial[stream]
    if (kept !== undefined) kept.text = rest
    else if (rest !== '') this.partial[stream] = { text: rest, decoder: new StringDecoder('utf8') }
  }

  /** A line of its own, also where another one has begun. */
  line(stream: 'stdout' | 'stderr', text: string): void {
    this.end()
    this.sink.line(stream, text)
  }

  /** Passes on what has no newline yet. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.partial[stream]
      this.partial[stream] = undefined
      if (rest !== undefined && rest.text !== '') this.sink.line(stream, rest.text)
    }
  }

  private decode(stream: 'stdout' | 'stderr', chunk: Uint8Array): string {
    this.partial[stream] ??= { text: '', decoder: new StringDecoder('utf8') }
    return this.partial[stream].decoder.write(chunk)
  }
}

type Write = typeof process.stdout.write

type BufferOf = (scope: ReturnType<typeof currentScope>) => LineBuffer | undefined

/**
 * Sends what tasks write to stdout and stderr, with `console` or otherwise, to their own attempts. What is written
 * outside of every task goes to the process's stderr.
 *
 * @param bufferOf the running attempt's buffer, or `undefined` outside of every attempt
 * @returns writes to the real stderr
 */
export function captureOutput(bufferOf: BufferOf): (text: string) => void {
  const real = process.stderr.write.bind(process.stderr)
  process.stdout.write = captured('stdout', bufferOf, real)
  process.stderr.write = captured('stderr', bufferOf, real)
  return (text) => void real(text)
}

/**
 * The same for a while; what is written outside of every attempt goes where it is written to.
 *
 * @returns ends it
 */
export function divertOutput(bufferOf: BufferOf): () => void {
  const ends = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name]
    const before = Reflect.get(stream, 'write') as Write
    const own = captured(name, bufferOf, before.bind(stream) as Write)
    stream.write = own
    return () => {
      // Whoever has put something else there meanwhile keeps it.
      if (Reflect.get(stream, 'write') === own) stream.write = before
    }
  })
  return () => {
    for (const end of ends) end()
  }
}

function captured(stream: 'stdout' | 'stderr', bufferOf: BufferOf, real: Write): Write {
  return ((chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback) => {
    const done = typeof encoding === 'function' ? encoding : callback
    const buffer = bufferOf(currentScope())
    if (buffer === undefined) return real(chunk, typeof encoding === 'string' ? encoding : undefined, done)
    const isEncoded = typeof chunk === 'string' && typeof encoding === 'string' && !/^utf-?8$/i.test(encoding)
    buffer.write(stream, isEncoded ? Buffer.from(chunk, encoding) : chunk)
    if (done !== undefined) process.nextTick(done)
    return true
  }) as Write
}

type Callback = (error?: Error | null) => void
