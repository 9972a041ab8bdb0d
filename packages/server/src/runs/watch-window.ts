import { isTerminalPhase } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import type { ActionSummary, ActionsRepository } from '../store/actions-repository.ts'
import type { ActionNodesRepository } from '../store/action-nodes-repository.ts'
import { aggregate, type GroupAggregations } from './group-aggregations.ts'
import type { LiveIndex, LiveIndexes } from './live-index.ts'
import { isGroup, type Ref, type RunIndex } from './run-index.ts'
import { cutWindow, type TreeWindow, type WindowRow } from './tree-window.ts'
import { findPlaces, toView, type WindowPlaces, type WindowRequest } from './window-request.ts'

export interface WatchWindowOptions {
  readonly indexes: LiveIndexes
  readonly nodes: ActionNodesRepository
  readonly actions: ActionsRepository
  readonly runId: number
  readonly control: WindowControl
  readonly signal: AbortSignal
}

/** What a watcher looks at, which it may change while it watches. */
export class WindowControl {
  #request: WindowRequest
  #isFinal: boolean
  #wake: (() => void) | undefined

  /** @param isFinal whether no other request can come */
  constructor(request: WindowRequest, isFinal: boolean) {
    this.#request = request
    this.#isFinal = isFinal
  }

  get request(): WindowRequest {
    return this.#request
  }

  get isFinal(): boolean {
    return this.#isFinal
  }

  set(request: WindowRequest): void {
    this.#request = request
    this.#wake?.()
  }

  finish(): void {
    this.#isFinal = true
    this.#wake?.()
  }

  onChange(listener: () => void): void {
    this.#wake = listener
  }
}

/** A window with what there is to show of it. */
export interface WatchedWindow {
  readonly window: TreeWindow
  readonly index: RunIndex
  /** Of the actions in the window, and of what is above it. */
  readonly actions: ReadonlyMap<number, ActionSummary>
  /** Of actions that groups mention: their parents, and those worth a look. */
  readonly names: ReadonlyMap<number, string>
  readonly aggregations: ReadonlyMap<Ref, GroupAggregations>
  readonly isHydrated: boolean
  readonly isCut: boolean
  readonly knownTotal: number
  /** What was told before may be wrong in more than what is told to have changed. */
  readonly isResync: boolean
}

const coalesceMs = 100
const readSize = 500
/** Groups in one window whose members are looked at. */
const maxAggregated = 100
/** A watcher spends no more than the fifth part of the time. */
const restPerWork = 4

/** The window as it is, and again whenever something in it changes or another is asked for, until the run has ended. */
export async function* watchWindow(options: WatchWindowOptions): AsyncIterable<WatchedWindow> {
  const { indexes, runId, control, signal } = options
  const live = indexes.acquire(runId)
  const bell = new Bell(signal)
  const unsubscribe = live.subscribe(() => bell.ring('index'))
  control.onChange(() => bell.ring('request'))
  try {
    const teller = new Teller(options, live)
    await teller.untilReady(bell)
    while (!signal.aborted) {
      const since = performance.now()
      if (live.failure !== undefined) throw live.failure
      const isLast = live.isHydrated && control.isFinal && hasEnded(live.index)
      const told = await teller.look(control.request)
      if (told !== undefined) yield told
      if (isLast) return
      const rung = await bell.wait()
      if (rung === 'index') {
        const restMs = Math.max(coalesceMs, restPerWork * (performance.now() - since))
        // Who scrolls does not wait for it.
        await bell.rest(restMs)
      }
    }
  } finally {
    unsubscribe()
    indexes.release(runId, live)
  }
}

/** The root has ended, and so has everything below it. */
function hasEnded(index: RunIndex): boolean {
  if (!index.has(0) || !isTerminalPhase(index.phaseOf(0))) return false
  return Object.keys(index.countsBelow(0)).every((phase) => isTerminalPhase(Number(phase) as ActionPhase))
}

/** Looks at an index for one watcher, and remembers what it has told. */
class Teller {
  readonly #options: WatchWindowOptions
  readonly #live: LiveIndex
  #places: WindowPlaces | undefined
  #told = ''
  #toldTick = -1
  #generation: number

  constructor(options: WatchWindowOptions, live: LiveIndex) {
    this.#options = options
    this.#live = live
    this.#generation = live.generation
  }

  /** Waits for the first actions to be read, and for the selected one. */
  async untilReady(bell: Bell): Promise<void> {
    const { control, signal } = this.#options
    for (;;) {
      if (signal.aborted || this.#live.isHydrated || this.#live.failure !== undefined) return
      if (this.#live.index.size > 0) {
        const { seqs } = await this.#findPlaces(control.request)
        const selected = seqs.get(control.request.selected)
        if (selected === undefined || this.#live.index.has(selected)) return
      }
      await bell.wait()
    }
  }

  /** Undefined when it would be what was told last. */
  async look(request: WindowRequest): Promise<WatchedWindow | undefined> {
    const { index } = this.#live
    const places = await this.#findPlaces(request)
    const { isHydrated, isCut, knownTotal, generation } = this.#live
    const tick = index.tick
    const window = cutWindow(index, toView(index, places))
    const text = JSON.stringify([window, isHydrated, isCut, isHydrated ? 0 : knownTotal, generation, request.anchor])
    const shown = [...window.ancestors, ...window.rows]
    const isNews = text !== this.#told || shown.some(({ ref }) => index.stampOf(ref) > this.#toldTick)
    if (!isNews) return undefined
    const isResync = generation !== this.#generation
    this.#told = text
    this.#toldTick = tick
    this.#generation = generation
    return { window, index, isHydrated, isCut, knownTotal, isResync, ...(await this.#describe(shown)) }
  }

  async #findPlaces(request: WindowRequest): Promise<WindowPlaces> {
    // Rows that were not found may be there by now.
    const isKnown = this.#places?.request === request && this.#live.isHydrated
    if (!isKnown) this.#places = await findPlaces(this.#options.nodes, this.#options.runId, request)
    return this.#places as WindowPlaces
  }

  async #describe(shown: ReadonlyArray<WindowRow>) {
    const { actions, nodes, runId } = this.#options
    const { index } = this.#live
    const groups = shown.map(({ ref }) => ref).filter(isGroup)
    const aggregations = new Map(groups.slice(0, maxAggregated).map((ref) => [ref, aggregate(index, ref)]))
    const mentioned = [...aggregations.values()].flatMap((found) => Object.values(found).flat() as number[])
    const parents = groups.map((ref) => index.groupOf(ref).parent)
    const seqs = shown.map(({ ref }) => ref).filter((ref) => !isGroup(ref))
    const summaries = await inParts(seqs, (part) => actions.findSummaries(runId, part))
    const names = await inParts([...new Set([...mentioned, ...parents])], async (part) => [
      ...(await nodes.namesOf(runId, part)),
    ])
    return { actions: new Map(summaries.map((action) => [action.seq, action])), names: new Map(names), aggregations }
  }
}

async function inParts<Item>(
  seqs: ReadonlyArray<number>,
  read: (part: ReadonlyArray<number>) => Promise<ReadonlyArray<Item>>,
): Promise<Item[]> {
  const items: Item[] = []
  for (let from = 0; from < seqs.length; from += readSize)
    items.push(...(await read(seqs.slice(from, from + readSize))))
  return items
}

type Ring = 'index' | 'request'

/** Wakes a watcher. A ring that nobody waits for is kept for the next wait. */
class Bell {
  readonly #signal: AbortSignal
  readonly #rung = new Set<Ring>()
  #isResting = false
  #wake: (() => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
  }

  ring(kind: Ring): void {
    this.#rung.add(kind)
    if (!this.#isResting || kind === 'request') this.#wake?.()
  }

  /** Waits for a ring, and takes all there are; a request goes before the rest. */
  async wait(): Promise<Ring> {
    while (!this.#signal.aborted && this.#rung.size === 0) await this.#sleep()
    const rung = this.#rung.has('request') ? 'request' : 'index'
    this.#rung.clear()
    return rung
  }

  /** Waits for so many milliseconds, or until there is a request. */
  async rest(ms: number): Promise<void> {
    if (this.#signal.aborted || this.#rung.has('request')) return
    this.#isResting = true
    const timer = setTimeout(() => this.#wake?.(), ms)
    await this.#sleep()
    clearTimeout(timer)
    this.#isResting = false
  }

  async #sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#wake = undefined
  }
}
