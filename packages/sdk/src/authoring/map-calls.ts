/** How one call ended. */
export type Finished =
  | { readonly index: number; readonly value: unknown }
  | { readonly index: number; readonly error: unknown }

export interface MapCallsOptions {
  readonly call: (item: unknown, signal: AbortSignal) => unknown
  readonly items: Iterable<unknown> | AsyncIterable<unknown>
  /** How many calls are under way, or have results that nobody has taken. */
  readonly concurrency: number
  /** Whether results are given in the order of the items. */
  readonly ordered: boolean
  /** Each of them ends it. */
  readonly signals: readonly AbortSignal[]
}

/** The calls of one `map`: begun as there is room for them, and taken one after the other. */
export class MapCalls {
  private readonly options: MapCallsOptions
  /** Of each call that is under way: only it is aborted, so that no signal has thousands of listeners. */
  private readonly running = new Map<number, AbortController>()
  private readonly finished: Queue
  private readonly aborted: () => void
  /** Calls that were begun, and results that were taken. */
  private begun = 0
  private taken = 0
  private isExhausted = false
  private isOver = false
  /** Why there are no more results: an error of what gives the items, or of a signal. */
  private broken: { readonly error: unknown } | undefined
  private wakeTaker: (() => void) | undefined
  private wakeFeeder: (() => void) | undefined
  private feeding: Promise<void> | undefined

  constructor(options: MapCallsOptions) {
    this.options = options
    this.finished = options.ordered ? new OrderedQueue() : new ArrivalQueue()
    this.aborted = () => this.fail(options.signals.find((signal) => signal.aborted)?.reason)
    for (const signal of options.signals) {
      if (signal.aborted) this.fail(signal.reason)
      else signal.addEventListener('abort', this.aborted, { once: true })
    }
  }

  /** The next result, or undefined when there are no more. @throws what broke it */
  async next(): Promise<Finished | undefined> {
    this.feeding ??= this.feed()
    for (;;) {
      if (this.broken !== undefined) throw this.broken.error
      const finished = this.finished.take()
      if (finished !== undefined) {
        this.taken++
        this.wakeFeeder?.()
        return finished
      }
      if (this.isExhausted && this.taken === this.begun) return undefined
      await new Promise<void>((resolve) => (this.wakeTaker = resolve))
    }
  }

  /** Aborts what is under way. Nothing is begun any more. */
  stop(reason: unknown = new DOMException('the results of map are not wanted any more', 'AbortError')): void {
    if (this.isOver) return
    this.isOver = true
    for (const signal of this.options.signals) signal.removeEventListener('abort', this.aborted)
    for (const controller of this.running.values()) controller.abort(reason)
    this.running.clear()
    this.wakeFeeder?.()
  }

  private fail(error: unknown): void {
    this.broken ??= { error }
    this.stop(error)
    this.wakeTaker?.()
  }

  private async feed(): Promise<void> {
    try {
      for await (const item of this.options.items) {
        if (!this.isOver) this.begin(item)
        while (!this.isOver && this.begun - this.taken >= this.options.concurrency) {
          await new Promise<void>((resolve) => (this.wakeFeeder = resolve))
        }
        if (this.isOver) return
      }
      this.isExhausted = true
      this.wakeTaker?.()
    } catch (error) {
      this.fail(error)
    }
  }

  private begin(item: unknown): void {
    const index = this.begun++
    const controller = new AbortController()
    this.running.set(index, controller)
    const end = (finished: Finished) => {
      if (!this.running.delete(index)) return
      this.finished.add(finished)
      this.wakeTaker?.()
    }
    try {
      const promised = Promise.resolve(this.options.call(item, controller.signal))
      promised.then(
        (value) => end({ index, value }),
        (error: unknown) => end({ index, error }),
      )
    } catch (error) {
      end({ index, error })
    }
  }
}

interface Queue {
  add(finished: Finished): void
  take(): Finished | undefined
}

class ArrivalQueue implements Queue {
  private waiting: Finished[] = []
  private position = 0

  add(finished: Finished): void {
    this.waiting.push(finished)
  }

  take(): Finished | undefined {
    const next = this.waiting[this.position++]
    if (this.position < this.waiting.length) return next
    this.waiting = []
    this.position = 0
    return next
  }
}

class OrderedQueue implements Queue {
  private readonly waiting = new Map<number, Finished>()
  private next = 0

  add(finished: Finished): void {
    this.waiting.set(finished.index, finished)
  }

  take(): Finished | undefined {
    const finished = this.waiting.get(this.next)
    if (finished !== undefined) this.waiting.delete(this.next++)
    return finished
  }
}
