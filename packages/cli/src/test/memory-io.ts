import { type CliIo, colorsFor, plainColors } from '../io.ts'

/** A command's surroundings in memory. */
export interface MemoryIo extends CliIo {
  /** What was written so far. */
  readonly written: { readonly stdout: string; readonly stderr: string }
  interrupt(): void
}

export interface MemoryIoOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly homeDirectory?: string
  /** What standard input has, once it is there. */
  readonly stdin?: string | (() => Promise<string>)
  /** Defaults to UTC. */
  readonly timeZone?: string
  /** What the user answers to each question; without any, there is no user. */
  readonly answers?: readonly string[]
  readonly now?: number
  /** Whether both streams are terminals, with colours. */
  readonly isTerminal?: boolean
}

/** Surroundings that read nothing from this process and write nowhere. */
export function memoryIo(options: MemoryIoOptions = {}): MemoryIo {
  const { env = {}, cwd = '/nowhere', homeDirectory = '/nowhere', stdin = '', now = 0, isTerminal = false } = options
  const { timeZone = 'UTC', answers } = options
  const left = [...(answers ?? [])]
  const written = { stdout: '', stderr: '' }
  const controller = new AbortController()
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => void (written[name] += text),
    isTerminal,
    columns: 80,
    colors: isTerminal ? colorsFor(true, { FORCE_COLOR: '1' }) : plainColors,
  })
  return {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env,
    cwd,
    homeDirectory,
    now: () => now,
    timeZone,
    isInteractive: answers !== undefined,
    readStdin: async () => new TextEncoder().encode(typeof stdin === 'string' ? stdin : await stdin()),
    ask: async (question) => {
      written.stderr += question
      const answer = left.shift()
      if (answer === undefined) throw new Error(`nobody answers ${question}`)
      return answer
    },
    interrupted: controller.signal,
    written,
    interrupt: () => controller.abort(),
  }
}
