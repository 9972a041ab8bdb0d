/** How long each of many answers took, in milliseconds. */
export class Latencies {
  readonly #values: number[] = []

  add(ms: number): void {
    this.#values.push(ms)
  }

  addAll(others: Latencies): void {
    for (const value of others.#values) this.add(value)
  }

  /** Does something, and remembers how long it took. */
  async time<Result>(work: () => Promise<Result>): Promise<Result> {
    const begin = performance.now()
    const result = await work()
    this.add(performance.now() - begin)
    return result
  }

  get count(): number {
    return this.#values.length
  }

  /** The latency that this share of all do not exceed. */
  percentile(share: number): number {
    const sorted = this.#values.toSorted((a, b) => a - b)
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  }

  summary() {
    const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => Math.round(this.percentile(share) * 100) / 100)
    return { count: this.count, p50_ms: p50, p95_ms: p95, p99_ms: p99, max_ms: max }
  }
}
