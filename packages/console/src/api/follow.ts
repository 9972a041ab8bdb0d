import { Code, ConnectError } from '@connectrpc/connect'
import { noteConnection } from './connection.ts'
import { isPassing } from './problem.ts'
import { onWake } from './wake.ts'

export interface FollowOptions<Message> {
  /** Opens the stream. It is called again whenever the stream broke off. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Message>
  readonly onMessage: (message: Message) => void
  /** The server refuses, and asking again would not help. */
  readonly onError: (error: unknown) => void
  /** The stream was opened: what was told before is told again from the start. */
  readonly onOpen?: () => void
  /** Whether a stream that ended cleanly has told everything. Otherwise it is opened again. */
  readonly isOver: () => boolean
}

const firstDelayMs = 250
const longestDelayMs = 5_000
/** Streams of pages that nobody looks at take connections from those that somebody does: a browser has six for a server. */
const hiddenAfterMs = 15_000

/**
 * Follows a stream until `isOver`: opens it again when the server restarts, when the network comes back and when the machine
 * wakes up, and leaves it while the page is hidden. Ends with the function that it gives.
 */
export function follow<Message>(options: FollowOptions<Message>): () => void {
  const follower = new Follower(options)
  void follower.run()
  return () => follower.stop()
}

class Follower<Message> {
  readonly #options: FollowOptions<Message>
  readonly #stopped = new AbortController()
  #attempt: AbortController | undefined
  #wake: (() => void) | undefined
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: FollowOptions<Message>) {
    this.#options = options
    const { signal } = this.#stopped
    document.addEventListener('visibilitychange', () => this.#onVisibility(), { signal })
    window.addEventListener('online', () => this.#restart(), { signal })
    // A tab that the browser froze, or that it took out of its cache, has streams that look alive.
    window.addEventListener('pageshow', (event) => event.persisted && this.#restart(), { signal })
    document.addEventListener('resume', () => this.#restart(), { signal })
    signal.addEventListener(
      'abort',
      onWake(() => this.#restart()),
    )
  }

  stop(): void {
    this.#stopped.abort()
    this.#attempt?.abort()
    clearTimeout(this.#hiddenTimer)
    noteConnection(this, 'live')
    this.#wake?.()
  }

  async run(): Promise<void> {
    let failures = 0
    while (!this.#stopped.signal.aborted) {
      const outcome = await this.#once()
      if (outcome === 'over' || this.#stopped.signal.aborted) return this.stop()
      failures = outcome === 'worked' ? 1 : failures + 1
      if (failures > 1) noteConnection(this, 'lost')
      await this.#rest(Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1)))
    }
  }

  /** One stream, from its opening to its end. */
  async #once(): Promise<'over' | 'worked' | 'failed'> {
    const { open, onMessage, onError, onOpen, isOver } = this.#options
    this.#attempt = new AbortController()
    let hasMessages = false
    try {
      for await (const message of open(this.#attempt.signal)) {
        if (this.#stopped.signal.aborted) return 'over'
        if (!hasMessages) {
          onOpen?.()
          noteConnection(this, 'live')
        }
        hasMessages = true
        onMessage(message)
      }
      return isOver() ? 'over' : hasMessages ? 'worked' : 'failed'
    } catch (error) {
      if (this.#stopped.signal.aborted) return 'over'
      if (this.#attempt.signal.aborted) return 'worked'
      if (isPassing(error) || ConnectError.from(error).code === Code.Internal) return hasMessages ? 'worked' : 'failed'
      onError(error)
      return 'over'
    }
  }

  async #rest(ms: number): Promise<void> {
    const timers: Array<ReturnType<typeof setTimeout>> = []
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (document.visibilityState === 'visible') timers.push(setTimeout(resolve, ms))
    })
    timers.forEach(clearTimeout)
    this.#wake = undefined
  }

  #restart(): void {
    this.#attempt?.abort()
    this.#wake?.()
  }

  #onVisibility(): void {
    clearTimeout(this.#hiddenTimer)
    if (document.visibilityState === 'visible') this.#wake?.()
    else this.#hiddenTimer = setTimeout(() => this.#attempt?.abort(), hiddenAfterMs)
  }
}
