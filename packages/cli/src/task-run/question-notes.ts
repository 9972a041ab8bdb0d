import type { PendingCondition, TernClient } from '@tern/sdk/client'
import type { OutStream } from '../io.ts'
import type { Progress } from '../output/progress.ts'

const firstLookMs = 500
const longestPauseMs = 5_000

export interface QuestionNotesOptions {
  readonly client: TernClient
  readonly run: string
  readonly stream: OutStream
  readonly progress: Progress
}

/** Says what a run waits for that somebody has to answer, each question once, for as long as the run is followed. */
export class QuestionNotes {
  readonly #options: QuestionNotesOptions
  readonly #said = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(options: QuestionNotesOptions) {
    this.#options = options
    this.#lookIn(firstLookMs)
  }

  end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#look(ms), ms)
  }

  async #look(pauseMs: number): Promise<void> {
    const { client, run } = this.#options
    try {
      for await (const question of client.conditions.list(run)) this.#say(question)
    } catch {
      // It is asked again: the server may be starting anew.
    }
    if (!this.#isOver) this.#lookIn(Math.min(2 * pauseMs, longestPauseMs))
  }

  #say({ action, name, prompt, type }: PendingCondition): void {
    if (this.#said.has(action) || this.#isOver) return
    this.#said.add(action)
    const { run, stream, progress } = this.#options
    const { bold, dim } = stream.colors
    const answer = `tern signal condition ${run} ${name} ${type === 'boolean' ? 'true' : 'VALUE'}`
    progress.around(() =>
      stream.write(`${bold(`Waits for ${name}`)} (${type}): ${prompt}\n${dim(`Answer it: ${answer}`)}\n`),
    )
  }
}
