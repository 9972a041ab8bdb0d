/**
 * Answers questions that come at the same time together: those asked while the event loop handles one event go out as
 * one. A parent that is replayed asks for thousands of its children at once.
 */
export class Gathered<Key, Answer> {
  readonly #ask: (keys: ReadonlyArray<Key>) => Promise<ReadonlyArray<Answer>>
  readonly #most: number
  #waiting: Question<Key, Answer>[] = []

  /**
   * @param ask gives one answer for each key, in their order
   * @param most keys that are asked for in one go
   */
  constructor(ask: (keys: ReadonlyArray<Key>) => Promise<ReadonlyArray<Answer>>, most: number) {
    this.#ask = ask
    this.#most = most
  }

  ask(key: Key): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (let from = 0; from < waiting.length; from += this.#most)
      void this.#answer(waiting.slice(from, from + this.#most))
  }

  async #answer(questions: ReadonlyArray<Question<Key, Answer>>): Promise<void> {
    try {
      const answers = await this.#ask(questions.map(({ key }) => key))
      for (const [i, { resolve }] of questions.entries()) resolve(answers[i] as Answer)
    } catch (error) {
      for (const { reject } of questions) reject(error)
    }
  }
}

interface Question<Key, Answer> {
  readonly key: Key
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}
