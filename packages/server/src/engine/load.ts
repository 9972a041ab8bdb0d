import { setImmediate as nextTurn } from 'node:timers/promises'
import { ActionPhase } from '@tern/idl/common'
import type { PoolLoad } from '../executors/executor.ts'
import type { ActionEntry } from './entries.ts'
import { cpuStep } from './limits.ts'
import type { LiveActions } from './live-actions.ts'
import type { ActionKey } from './model.ts'
import { type Wait, waitOf } from './wait-of.ts'
import { WaitGroups } from './wait-groups.ts'

export interface LoadOptions {
  /** Waits of one project and domain alone; left out for those of all. */
  readonly place?: { readonly project: string; readonly domain: string } | undefined
  /** Waiting actions to name in each group. */
  readonly limit: number
  /** The key of the only group of waits to give; left out for the largest ones. */
  readonly group?: string | undefined
}

/** What the engine is busy with. */
export interface EngineLoad {
  readonly liveRuns: number
  readonly liveActions: number
  /** Actions that run code. */
  readonly busy: number
  /** Actions that only wait for their children. */
  readonly parents: number
  /** Actions that wait for anything else. */
  readonly waiting: number
  readonly resources: ReadonlyArray<ResourceLoad>
  readonly queues: ReadonlyArray<QueueLoad>
  readonly pools: ReadonlyArray<PoolLoad>
  readonly waits: ReadonlyArray<WaitGroup>
  readonly moreGroups: number
  readonly moreWaits: number
}

/** What attempts share out among them; cpu in processors, memory in bytes. */
export interface ResourceLoad {
  readonly name: string
  readonly total: number
  readonly used: number
  /** Who uses the most of it first. */
  readonly uses: ReadonlyArray<{ readonly taskName: string; readonly actions: number; readonly amount: number }>
}

export interface QueueLoad {
  /** Empty for the actions that name none. */
  readonly name: string
  /** Null for no limit. */
  readonly limit: number | null
  readonly priority: number
  readonly busy: number
  readonly waiting: number
}

/** Actions that wait for the same. */
export interface WaitGroup extends Pick<Wait, 'reason' | 'subject'> {
  readonly key: string
  readonly count: number
  readonly oldestAt: number
  readonly actions: ReadonlyArray<WaitingAction>
}

export interface WaitingAction extends Pick<Wait, 'amount' | 'until' | 'waitsFor'> {
  readonly key: ActionKey
  readonly name: string
  readonly since: number
}

// So many that nothing else has to wait for it to be noticed.
const actionsPerTurn = 2000
const mostUses = 5

/** Looks at each live action once, a few thousand at a time: what else the server does goes on in between. */
export async function readLoad(actions: LiveActions, options: LoadOptions): Promise<EngineLoad> {
  const survey = new Survey(actions, options)
  let looked = 0
  for (const run of actions.runs.all()) {
    for (const entry of run.actions.values()) {
      survey.look(entry)
      looked += 1
      if (looked % actionsPerTurn === 0) await nextTurn()
    }
  }
  return survey.load()
}

interface Counts {
  busy: number
  waiting: number
}

class Survey {
  readonly #actions: LiveActions
  readonly #options: LoadOptions
  readonly #now: number
  readonly #queues = new Map<string, Counts>()
  readonly #uses = new Map<string, Map<string, { actions: number; amount: number }>>()
  readonly #groups: WaitGroups
  #busy = 0
  #parents = 0
  #waiting = 0

  constructor(actions: LiveActions, options: LoadOptions) {
    this.#actions = actions
    this.#options = options
    this.#now = actions.clock.now()
    this.#groups = new WaitGroups(options)
    for (const name of actions.limits.queues.keys()) this.#queues.set(name, { busy: 0, waiting: 0 })
  }

  look(entry: ActionEntry): void {
    if (entry.state.endedAt !== null) return
    this.#noteUse(entry)
    const wait = waitOf(entry, this.#actions, this.#now)
    if (wait === undefined) {
      if (entry.hasLiveChildren) this.#parents += 1
      else this.#busy += 1
    } else this.#noteWait(entry, wait)
    this.#noteQueue(entry, wait)
  }

  #noteWait(entry: ActionEntry, wait: Wait): void {
    this.#waiting += 1
    const { place } = this.#options
    const { key } = entry.run
    if (place === undefined || (place.project === key.project && place.domain === key.domain))
      this.#groups.add(entry, wait)
  }

  #noteQueue(entry: ActionEntry, wait: Wait | undefined): void {
    const { phase } = entry.state
    if (entry.isUndispatched || phase === ActionPhase.PAUSED) return
    const isBusy = entry.claim == null ? wait === undefined && !entry.hasLiveChildren : entry.claim.isHeld
    if (!isBusy && wait === undefined) return
    const name = entry.queue ?? ''
    const counts = this.#queues.get(name) ?? { busy: 0, waiting: 0 }
    this.#queues.set(name, counts)
    if (isBusy) counts.busy += 1
    else counts.waiting += 1
  }

  #noteUse({ claim, spec }: ActionEntry): void {
    if (claim == null || !claim.isHeld) return
    for (const { limit, amount } of claim.demands) {
      if (!this.#actions.limits.capacity.includes(limit)) continue
      const byTask = this.#uses.get(limit.name) ?? new Map<string, { actions: number; amount: number }>()
      this.#uses.set(limit.name, byTask)
      const use = byTask.get(spec.record.taskName) ?? { actions: 0, amount: 0 }
      byTask.set(spec.record.taskName, { actions: use.actions + 1, amount: use.amount + amount })
    }
  }

  load(): EngineLoad {
    const { runs } = this.#actions
    return {
      liveRuns: runs.count,
      liveActions: this.#busy + this.#parents + this.#waiting,
      busy: this.#busy,
      parents: this.#parents,
      waiting: this.#waiting,
      resources: this.#resources(),
      queues: this.#queueLoads(),
      pools: this.#actions.dispatcher.pools,
      ...this.#groups.result(),
    }
  }

  #resources(): ReadonlyArray<ResourceLoad> {
    return this.#actions.limits.capacity
      .filter(({ capacity }) => capacity > 0)
      .map(({ name, capacity, used }) => {
        const unit = name === 'cpu' ? cpuStep : 1
        const uses = [...(this.#uses.get(name) ?? [])]
          .map(([taskName, use]) => ({ taskName, actions: use.actions, amount: use.amount / unit }))
          .sort((a, b) => b.amount - a.amount)
        return { name, total: capacity / unit, used: used / unit, uses: uses.slice(0, mostUses) }
      })
  }

  #queueLoads(): ReadonlyArray<QueueLoad> {
    const { queues } = this.#actions.limits
    return [...this.#queues]
      .map(([name, counts]) => {
        const queue = queues.get(name)
        return { name, limit: queue?.limit?.capacity ?? null, priority: queue?.priority ?? 0, ...counts }
      })
      .sort((a, b) => b.waiting - a.waiting || b.busy - a.busy || (a.name < b.name ? -1 : 1))
  }
}
