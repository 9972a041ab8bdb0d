import type { LocalActionState, RunState } from '@tern/sdk'

/** A run that is shown: in this process, or on a server. */
export interface ScreenRun {
  readonly name: string
  /** The root is the first. */
  readonly actions: readonly LocalActionState[]
  details(): Promise<RunState>
  abort(reason: string): Promise<void>
  /** Told which action the user looks at. */
  select?(action: string): void
}

/** Something that a run waits for. */
export interface Question {
  readonly prompt: string
  /** E.g. `boolean`. */
  readonly type: string
}

export interface ScreenQuestions {
  /** The one that is to be answered next. */
  readonly current: Question | undefined
  /**
   * Answers that one.
   *
   * @returns what is wrong with the answer; the empty text when it is taken
   */
  give(text: string): string
}
