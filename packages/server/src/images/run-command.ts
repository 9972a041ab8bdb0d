import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface CommandOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly signal: AbortSignal
  /** Called with each line of its output, of both streams. */
  readonly onLine: (line: string) => void
}

/** How a command ended: 0 is well. */
export interface CommandEnd {
  readonly code: number
  /** The last lines that it printed. */
  readonly lines: ReadonlyArray<string>
}

const keptLines = 200

/**
 * Runs a command to its end. When the signal comes it is killed, with all that it started.
 *
 * Throws the signal's reason, or the error of a command that cannot be started.
 */
export async function runCommand(argv: ReadonlyArray<string>, options: CommandOptions): Promise<CommandEnd> {
  const { env, cwd, signal, onLine } = options
  signal.throwIfAborted()
  const [command = '', ...args] = argv
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const kill = () => killGroup(child.pid)
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      onLine(line)
    })
  }
  signal.addEventListener('abort', kill, { once: true })
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      // Nothing that it left running keeps its output open.
      child.once('exit', kill)
      child.once('close', (exitCode) => resolve(exitCode ?? 1))
    })
    signal.throwIfAborted()
    return { code, lines }
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
