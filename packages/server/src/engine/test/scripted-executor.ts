import type { Attempt, ChildOutcome, Executor, ExecutorHost, StartedAttempt } from '../../executors/executor.ts'

/** Hands attempts to the test, which plays the worker: it answers through the host when it pleases. */
export class ScriptedExecutor implements Executor {
  readonly name = 'scripted'
  readonly usesCapacity = true
  readonly host: ExecutorHost
  readonly attempts: Attempt[] = []
  readonly outcomes: { readonly parent: string; readonly outcome: ChildOutcome }[] = []
  readonly cancelled: string[] = []
  /** Until when attempts that are told to stop go on. Undefined: they are over then. */
  cleanUp: Promise<void> | undefined
  #waiting: { readonly satisfied: () => boolean; readonly resolve: () => void }[] = []

  constructor(host: ExecutorHost) {
    this.host = host
  }

  accepts(): boolean {
    return true
  }

  start(attempt: Attempt): StartedAttempt {
    this.attempts.push(attempt)
    this.#check()
    return {
      cancel: () => {
        this.cancelled.push(attempt.action)
        this.#check()
        return this.cleanUp
      },
      deliver: (outcome) => {
        this.outcomes.push({ parent: attempt.action, outcome })
        this.#check()
      },
    }
  }

  async stop(): Promise<void> {}

  /** The latest attempt of an action, once it has been started. */
  async attempt(action: string, number = 1): Promise<Attempt> {
    const find = (): Attempt | undefined =>
      this.attempts.find((attempt) => attempt.action === action && attempt.number === number)
    await this.until(() => find() !== undefined)
    return find()!
  }

  /** How a child ended, once its parent has been told. */
  async outcome(child: string): Promise<ChildOutcome> {
    const find = (): ChildOutcome | undefined => this.outcomes.find(({ outcome }) => outcome.name === child)?.outcome
    await this.until(() => find() !== undefined)
    return find()!
  }

  async until(satisfied: () => boolean): Promise<void> {
    if (satisfied()) return
    await new Promise<void>((resolve) => this.#waiting.push({ satisfied, resolve }))
  }

  #check(): void {
    const satisfied = this.#waiting.filter((waiting) => waiting.satisfied())
    this.#waiting = this.#waiting.filter((waiting) => !satisfied.includes(waiting))
    for (const { resolve } of satisfied) resolve()
  }
}
