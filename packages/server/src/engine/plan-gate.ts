import type { Logger } from 'pino'
import type { ActionEntry, RunEntry } from './entries.ts'
import type { RunPlaces } from './run-places.ts'

export interface PlanGateParts {
  /** Left out where no launch plan has a limit. */
  readonly places: RunPlaces | undefined
  readonly logger: Logger
  /** The action has to wait now. */
  readonly onWait: (entry: ActionEntry, reason: string) => void
  /** It may go on. */
  readonly onReady: (entry: ActionEntry) => void
}

/** The runs of a launch plan that wait here, in the order in which they came. */
interface Queue {
  readonly waiting: Set<ActionEntry>
  work: Promise<void>
}

// Ends of runs of other servers are not told; what was told and failed is tried again, too.
const askAgainMs = 1000

/**
 * Where the roots of runs wait whose launch plan lets only so many of them be under way. The first that waits here asks for all:
 * when one ends here, and now and then for those that end elsewhere.
 */
export class PlanGate {
  readonly #parts: PlanGateParts
  readonly #queues = new Map<string, Queue>()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(parts: PlanGateParts) {
    this.#parts = parts
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** Whether an action may go on now. If not, it is told to when it may. */
  lets(entry: ActionEntry): boolean {
    const { run, parent } = entry
    if (parent !== null || run.hasPlace || this.#parts.places === undefined) return true
    const { launchPlan } = run.record
    if (launchPlan === undefined || launchPlan.queueLimit === null) return true
    const queue = this.#queueOf(run)
    if (!queue.waiting.has(entry)) this.#do(queue, () => this.#ask(queue, entry))
    queue.waiting.add(entry)
    return false
  }

  /** Whether the action waits for its run to have a place. */
  holds(entry: ActionEntry): boolean {
    const name = nameOf(entry.run)
    return name !== undefined && this.#queues.get(name)?.waiting.has(entry) === true
  }

  /** A run has ended, and that is stored. */
  ended(run: RunEntry): void {
    const name = nameOf(run)
    const queue = name === undefined ? undefined : this.#queues.get(name)
    if (queue !== undefined) this.#do(queue, () => this.#advance(queue))
  }

  #queueOf(run: RunEntry): Queue {
    const name = nameOf(run) ?? ''
    const queue = this.#queues.get(name) ?? { waiting: new Set(), work: Promise.resolve() }
    this.#queues.set(name, queue)
    return queue
  }

  /** One thing after the other, so that those that came first ask first. */
  #do(queue: Queue, work: () => Promise<unknown>): void {
    queue.work = queue.work
      .then(() => (this.#isStopped ? undefined : work()))
      .catch((error: unknown) => {
        if (!this.#isStopped) {
          this.#parts.logger.warn(
            { err: error },
            'a run could not ask for its place among those of its launch plan; trying again',
          )
        }
      })
      .then(() => this.#planAgain())
  }

  /** Lets those in that have a place now. */
  async #advance({ waiting }: Queue): Promise<void> {
    for (const entry of waiting) if (!(await this.#ask({ waiting }, entry))) return
  }

  /** Whether those behind it may ask. */
  async #ask({ waiting }: Pick<Queue, 'waiting'>, entry: ActionEntry): Promise<boolean> {
    const { places, onWait, onReady } = this.#parts
    const { run } = entry
    const plan = run.record.launchPlan
    if (!isWaiting(entry) || places === undefined || typeof plan?.queueLimit !== 'number') return waiting.delete(entry)
    const reason = await places.takeInTurn(run.key, plan, plan.queueLimit)
    if (!isWaiting(entry)) return waiting.delete(entry)
    if (reason !== undefined) {
      onWait(entry, reason)
      return false
    }
    run.hasPlace = true
    waiting.delete(entry)
    onReady(entry)
    return true
  }

  #planAgain(): void {
    for (const [name, { waiting }] of this.#queues) if (waiting.size === 0) this.#queues.delete(name)
    if (this.#isStopped || this.#timer !== undefined || this.#queues.size === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      for (const queue of this.#queues.values()) this.#do(queue, () => this.#advance(queue))
    }, askAgainMs)
  }
}

function nameOf({ key, record }: RunEntry): string | undefined {
  return record.launchPlan && `${key.project}/${key.domain}/${record.launchPlan.name}`
}

function isWaiting({ state, handle }: ActionEntry): boolean {
  return state.endedAt === null && handle === 0
}
