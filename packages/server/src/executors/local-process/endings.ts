/** By action: what has to end before another attempt of it begins. */
export class Endings {
  readonly #ending = new Map<string, Promise<void>>()

  add(action: string, ended: Promise<void>): void {
    const all = Promise.all([this.#ending.get(action), ended]).then(() => {
      if (this.#ending.get(action) === all) this.#ending.delete(action)
    })
    this.#ending.set(action, all)
  }

  /** Resolves when nothing of the action's earlier attempts is left. */
  async of(action: string): Promise<void> {
    await this.#ending.get(action)
  }

  async all(): Promise<void> {
    await Promise.all(this.#ending.values())
  }
}
