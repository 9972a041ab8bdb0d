import { homedir } from 'node:os'
import { buffer } from 'node:stream/consumers'
import type { WriteStream } from 'node:tty'
import { askOnTerminal } from './ask-on-terminal.ts'
import { type CliIo, colorsFor, type OutStream } from './io.ts'
import { exitCodes } from './report-error.ts'

/** The process that this is, for the command that runs in it. */
export function createProcessIo(): CliIo {
  let interrupted: AbortSignal | undefined
  return {
    stdout: outStream(process.stdout),
    stderr: outStream(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    homeDirectory: homedir(),
    now: () => Date.now(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    readStdin: async () => new Uint8Array(await buffer(process.stdin)),
    ask: askOnTerminal,
    // Signals end the process as ever, until a command asks for this.
    get interrupted() {
      interrupted ??= interruption()
      return interrupted
    },
  }
}

function outStream(stream: WriteStream): OutStream {
  // Whoever reads may stop early, as `head` does; that is no failure of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.done)
    throw error
  })
  return {
    write: (chunk) => void stream.write(chunk),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 80
    },
    colors: colorsFor(stream.isTTY === true, process.env),
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return controller.signal
}
