import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { exitCodes } from './report-error.ts'
import { QuietExit } from './usage-error.ts'

/**
 * Asks for a line on the terminal; the question goes to standard error. An end of input is an empty answer.
 *
 * @throws QuietExit on Ctrl-C
 */
export function askOnTerminal(question: string, { isHidden = false }: { isHidden?: boolean } = {}): Promise<string> {
  let isMuted = false
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      if (!isMuted) process.stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      lines.removeAllListeners('close')
      lines.close()
      if (isHidden) process.stderr.write('\n')
      settle()
    }
    lines.once('SIGINT', () => end(() => reject(new QuietExit(exitCodes.interrupted))))
    lines.once('close', () => end(() => resolve('')))
    lines.question(question, (answer) => end(() => resolve(answer)))
    isMuted = isHidden
  })
}
