import { createClient } from '@connectrpc/connect'
import { RunService } from '@tern/idl/workflow'
import { transport } from '../../../api/transport.ts'
import { ActionTree, type TreeView } from '../../../model/action-tree.ts'
import { isAllOver } from '../../../model/run-rows.ts'
import { overscan, type RunWindow } from './run-window.ts'

const client = createClient(RunService, transport)

export interface OwnWindowOptions {
  readonly runId: { readonly project: string; readonly domain: string; readonly name: string }
  readonly view: TreeView
  /** A row that is looked at first. */
  readonly reveal: string
  readonly anchor: number | undefined
  readonly signal: AbortSignal
}

const coalesceMs = 100

/**
 * The rows of a run around a place, of a server that has no windows: all actions are followed, as far as they are not too many, and
 * the page puts the rows together. Folding and scrolling use what is here already.
 */
export async function* ownWindows({ runId, view, reveal, anchor, signal }: OwnWindowOptions): AsyncIterable<RunWindow> {
  const feed = Feed.of(runId)
  feed.users++
  try {
    for (let seen = -1; !signal.aborted; ) {
      if (feed.error !== undefined) throw feed.error
      if (feed.changes > seen) {
        seen = feed.changes
        if (feed.tree.root !== undefined) yield windowOf(feed.tree, view, reveal, anchor, feed.isOver)
        await new Promise((resolve) => setTimeout(resolve, coalesceMs))
      } else if (feed.isOver) {
        return
      } else {
        await feed.changed(signal)
      }
    }
  } finally {
    feed.leave()
  }
}

function windowOf(
  tree: ActionTree,
  view: TreeView,
  reveal: string,
  anchor: number | undefined,
  isOver: boolean,
): RunWindow {
  const all = tree.rows(view)
  const revealedIndex = reveal === '' ? -1 : all.findIndex(({ id }) => id === reveal)
  const middle = Math.max(0, Math.min(anchor ?? Math.max(0, revealedIndex), all.length - 1))
  const start = Math.max(0, middle - overscan)
  const shown = all.slice(start, middle + overscan + 1)
  return {
    rows: new Map(shown.map((row, index) => [start + index, row])),
    start,
    end: start + shown.length,
    root: tree.root,
    total: all.length,
    revealedIndex,
    isComplete: isOver,
    notices:
      tree.left === 0
        ? []
        : [`This server sends actions one by one: ${tree.left.toLocaleString()} more are not shown.`],
  }
}

const lingerMs = 3_000

/** What is followed of one run, for all views of it. */
class Feed {
  static readonly #feeds = new Map<string, Feed>()
  tree = new ActionTree()
  users = 0
  changes = 0
  isOver = false
  error: unknown
  readonly #key: string
  readonly #stopped = new AbortController()
  #wake: (() => void) | undefined
  #waiting = Promise.resolve()

  static of(runId: OwnWindowOptions['runId']): Feed {
    const key = JSON.stringify(runId)
    const known = Feed.#feeds.get(key)
    if (known !== undefined && known.error === undefined) return known
    const feed = new Feed(key)
    Feed.#feeds.set(key, feed)
    void feed.#follow(runId)
    return feed
  }

  private constructor(key: string) {
    this.#key = key
    this.#rest()
  }

  async changed(signal: AbortSignal): Promise<void> {
    let leave: (() => void) | undefined
    const left = new Promise<void>((resolve) => {
      leave = resolve
      signal.addEventListener('abort', leave, { once: true })
    })
    await Promise.race([this.#waiting, left])
    if (leave !== undefined) signal.removeEventListener('abort', leave)
  }

  /** Another view of the same run often follows at once. */
  leave(): void {
    this.users--
    setTimeout(() => {
      if (this.users > 0) return
      this.#stopped.abort()
      if (Feed.#feeds.get(this.#key) === this) Feed.#feeds.delete(this.#key)
    }, lingerMs)
  }

  async #follow({ project, domain, name }: OwnWindowOptions['runId']): Promise<void> {
    try {
      const { signal } = this.#stopped
      for await (const { enrichedActions } of client.watchActions(
        { runId: { org: '', project, domain, name } },
        { signal },
      )) {
        this.tree.put(enrichedActions)
        this.isOver = isAllOver(this.tree.root)
        this.#tell()
      }
      // A stream that ends before the run does is opened again by who uses it.
      if (!this.isOver) this.error = new Error('network: the server ended the stream')
    } catch (error) {
      this.error = error
    }
    if (this.error !== undefined && Feed.#feeds.get(this.#key) === this) Feed.#feeds.delete(this.#key)
    this.#tell()
  }

  #tell(): void {
    this.changes++
    this.#wake?.()
    this.#rest()
  }

  #rest(): void {
    this.#waiting = new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
