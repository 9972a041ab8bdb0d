import { rootActionName } from '@tern/core'
import type { ActionDetails } from '@tern/idl/workflow'
import type { TernClient } from '@tern/sdk/client'
import type { OutStream } from '../io.ts'
import type { Progress } from '../output/progress.ts'
import { logLine, toLogView } from '../views/log-view.ts'

export interface LogTailOptions {
  readonly client: TernClient
  readonly run: string
  readonly stream: OutStream
  readonly progress: Progress
  readonly interrupted: AbortSignal
}

/** Prints what a run's root action writes, one attempt after the other. */
export class LogTail {
  private readonly options: LogTailOptions
  private attempts = 0
  private last: Promise<void> = Promise.resolve()

  constructor(options: LogTailOptions) {
    this.options = options
  }

  /** Goes on with the attempts that have begun since the last time. */
  follow({ attempts }: ActionDetails): void {
    for (const { attempt, logsAvailable } of attempts) {
      if (!logsAvailable || attempt <= this.attempts) continue
      this.attempts = attempt
      this.last = this.last.then(() => this.print(attempt))
    }
  }

  /** Resolves when every line is printed. */
  ended(): Promise<void> {
    return this.last
  }

  private async print(attempt: number): Promise<void> {
    const { client, run, stream, progress, interrupted } = this.options
    try {
      for await (const entry of client.logs(run, rootActionName, { attempt, signal: interrupted })) {
        progress.around(() => stream.write(logLine(toLogView(entry), 'table', stream.colors)))
      }
    } catch (error) {
      // The run does not depend on its log.
      if (interrupted.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      progress.around(() =>
        stream.write(stream.colors.dim(`(the log of attempt ${attempt} cannot be shown: ${reason})\n`)),
      )
    }
  }
}
