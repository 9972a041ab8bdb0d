import type { CliIo } from '../io.ts'
import { stylePhase } from './phase-style.ts'
import { readableDuration } from './relative-time.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100
const clearLine = '\r\u001b[2K'

/** A line on the terminal that says what is going on. Where nobody watches, it does nothing. */
export class Progress {
  private readonly io: Pick<CliIo, 'stderr' | 'now'>
  private readonly startedAt: number
  private timer: NodeJS.Timeout | undefined
  private phase = ''
  private detail = ''
  private frame = 0

  constructor(io: Pick<CliIo, 'stderr' | 'now'>) {
    this.io = io
    this.startedAt = io.now()
  }

  /** Says what is going on; the first time, the line appears. */
  show(phase: string, detail = ''): void {
    if (!this.io.stderr.isTerminal) return
    this.phase = phase
    this.detail = detail
    this.timer ??= setInterval(() => this.draw(), frameMs)
    this.draw()
  }

  /** Prints something else without mixing it with the line. */
  around(print: () => void): void {
    if (this.timer !== undefined) this.io.stderr.write(clearLine)
    print()
    if (this.timer !== undefined) this.draw()
  }

  /** Removes the line. */
  end(): void {
    if (this.timer === undefined) return
    clearInterval(this.timer)
    this.timer = undefined
    this.io.stderr.write(clearLine)
  }

  private draw(): void {
    const { stderr, now } = this.io
    const frame = frames[this.frame++ % frames.length] ?? ''
    const elapsed = readableDuration(now() - this.startedAt)
    const detail = this.detail === '' ? '' : ` ${this.detail}`
    stderr.write(
      `${clearLine}${stderr.colors.cyan(frame)} ${stylePhase(this.phase, stderr.colors)}${detail} ${stderr.colors.dim(elapsed)}`,
    )
  }
}
