import { InvalidArgumentError } from '@tern/core'
import { type Demand, Limit } from '@tern/core/engine'
import type { Logger } from 'pino'
import type { ActionEntry } from './entries.ts'
import type { ResourceAmounts } from './task-policy.ts'

/** What is set for a queue. */
export interface QueueOptions {
  /** Actions of the queue that may be busy at once, on this server. Defaults to no limit. */
  readonly maxConcurrency?: number | undefined
  /** Where places are short, actions of queues with a higher one go first. Defaults to 0. */
  readonly priority?: number | undefined
}

export interface LimitsOptions {
  /** By name. Where there are none, every name is good, and means no limit. */
  readonly queues?: Readonly<Record<string, QueueOptions>> | undefined
  /** What attempts that are processes of their own share out among them. Defaults to no limit. */
  readonly capacity?: ResourceAmounts | undefined
  readonly logger: Logger
}

/** A queue that is set. */
export interface Queue {
  /** Of the actions that are busy at once. */
  readonly limit: Limit | null
  readonly priority: number
}

const noDemands: ReadonlyArray<Demand> = []
/** Processors are counted in parts of this size. */
export const cpuStep = 1000

/** What keeps actions waiting that could run: places of their run, of their queue, and what there is of the machine. */
export class Limits {
  /** What there is of the machine: processors in thousandths, memory in bytes, devices. */
  readonly capacity: ReadonlyArray<Limit>
  readonly #queues: ReadonlyMap<string, Queue>
  readonly #hasPriorities: boolean
  readonly #capacity: readonly (readonly [keyof ResourceAmounts, Limit])[]
  readonly #logger: Logger
  readonly #warned = new Set<string>()

  /** @throws InvalidArgumentError for limits that cannot be */
  constructor({ queues = {}, capacity, logger }: LimitsOptions) {
    this.#queues = new Map(Object.entries(queues).map(([name, options]) => [name, toQueue(name, options)]))
    this.#hasPriorities = [...this.#queues.values()].some(({ priority }) => priority !== 0)
    this.#capacity = capacity === undefined ? [] : toLimits(capacity)
    this.capacity = this.#capacity.map(([, limit]) => limit)
    this.#logger = logger
  }

  get hasQueues(): boolean {
    return this.#queues.size > 0
  }

  /** Those that are set. */
  get queues(): ReadonlyMap<string, Queue> {
    return this.#queues
  }

  /** What is wrong with the name of a queue, if anything is. */
  problemWith(queue: string | null): string | undefined {
    if (queue === null || this.#queues.size === 0 || this.#queues.has(queue)) return undefined
    return `there is no queue "${queue}"; this server has ${[...this.#queues.keys()].join(', ')}`
  }

  /** @throws InvalidArgumentError naming the queues that there are */
  check(queue: string | null, field: string): void {
    const problem = this.problemWith(queue)
    if (problem === undefined) return
    const hint = `Name one of them, or have the server started with --queue ${queue}=LIMIT.`
    throw new InvalidArgumentError(`${field}: ${problem}`, { field, hint })
  }

  priorityOf({ queue }: ActionEntry): number {
    return this.#hasPriorities && queue !== null ? (this.#queues.get(queue)?.priority ?? 0) : 0
  }

  /** Those that go first, first; otherwise as they came. */
  inOrder(entries: ReadonlyArray<ActionEntry>): ReadonlyArray<ActionEntry> {
    if (!this.#hasPriorities || entries.length < 2) return entries
    return entries.toSorted((a, b) => this.priorityOf(b) - this.priorityOf(a))
  }

  /**
   * What an action takes while it is busy.
   *
   * @param usesCapacity whether its attempts are processes of this machine
   */
  demandsOf(entry: ActionEntry, usesCapacity: boolean): ReadonlyArray<Demand> {
    const queue = entry.queue === null ? undefined : this.#queues.get(entry.queue)
    const { limit } = entry.run
    const takesCapacity = usesCapacity && asksForAny(entry.spec.policy.resources)
    if (limit === null && (queue === undefined || queue.limit === null) && !takesCapacity) return noDemands
    const places = [limit, queue?.limit ?? null].flatMap((each) => (each === null ? [] : [{ limit: each, amount: 1 }]))
    return takesCapacity ? [...places, ...this.#resourcesOf(entry)] : places
  }

  #resourcesOf({ spec }: ActionEntry): ReadonlyArray<Demand> {
    return this.#capacity.flatMap(([kind, limit]) => {
      const asked = unitsOf(kind, spec.policy.resources[kind])
      if (asked > limit.capacity) this.#warn(spec.record.taskName, limit, asked)
      const amount = Math.min(asked, limit.capacity)
      return amount === 0 ? [] : [{ limit, amount }]
    })
  }

  #warn(task: string, limit: Limit, asked: number): void {
    const message = `task ${task} asks for ${limit.format(asked)} ${limit.name} and gets all there is, ${limit.format(limit.capacity)}`
    if (this.#warned.has(message) || this.#warned.size > 1000) return
    this.#warned.add(message)
    this.#logger.warn({ task }, message)
  }
}

/** What an action that waits says in its log. */
export function waitText({ limit, amount }: Demand): string {
  const { name, free, capacity } = limit
  const text = `waiting for ${name}: ${limit.format(amount)} asked, ${limit.format(free)} of ${limit.format(capacity)} free`
  return amount <= free ? `${text}, and others come first` : text
}

function toQueue(name: string, { maxConcurrency, priority = 0 }: QueueOptions): Queue {
  const field = `queues.${name}`
  if (name === '') throw new InvalidArgumentError('queues: a queue needs a name', { field: 'queues' })
  if (!Number.isSafeInteger(priority)) {
    throw new InvalidArgumentError(`${field}.priority: ${priority} is not a whole number`, { field })
  }
  if (maxConcurrency === undefined) return { limit: null, priority }
  if (!Number.isSafeInteger(maxConcurrency) || maxConcurrency < 1) {
    throw new InvalidArgumentError(`${field}.maxConcurrency: ${maxConcurrency} is not a whole number from 1 on`, {
      field,
    })
  }
  return { limit: new Limit(`a place in queue ${name}`, maxConcurrency), priority }
}

function toLimits(capacity: ResourceAmounts): (readonly [keyof ResourceAmounts, Limit])[] {
  for (const [kind, amount] of Object.entries(capacity)) {
    if (Number.isFinite(amount) && amount >= 0) continue
    throw new InvalidArgumentError(`capacity.${kind}: ${amount} is not an amount`, { field: `capacity.${kind}` })
  }
  return [
    ['cpu', new Limit('cpu', unitsOf('cpu', capacity.cpu), (amount) => String(amount / cpuStep))],
    ['memoryBytes', new Limit('memory', capacity.memoryBytes, (amount) => `${Math.round(amount / 2 ** 20)}Mi`)],
    ['gpu', new Limit('gpu', unitsOf('gpu', capacity.gpu), (amount) => String(amount))],
  ]
}

function asksForAny({ cpu, memoryBytes, gpu }: ResourceAmounts): boolean {
  return cpu > 0 || memoryBytes > 0 || gpu > 0
}

/** Whole numbers, since sums of others drift. */
function unitsOf(kind: keyof ResourceAmounts, amount: number): number {
  return kind === 'cpu' ? Math.ceil(amount * cpuStep) : Math.ceil(amount)
}
