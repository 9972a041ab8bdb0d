import { ActionPhase } from '@tern/idl/common'
import type { Attempt } from '../../../executors/executor.ts'
import type { ActionRecord } from '../../../store/engine-store.ts'
import { SharedDatabase } from '../remote-store.ts'
import type { Clients } from './clients.ts'
import { check, checkCall } from './invariants.ts'
import { capacity } from './plan.ts'
import { type OpenAttempt, type Server, type World, hasEnded, rowOf } from './world.ts'

/** Holds what a server's engine does with attempts against the invariants. */
export class AttemptChecks<Open extends OpenAttempt> {
  readonly #world: World
  readonly #clients: Clients
  readonly #server: Server
  /** Attempts that the engine has neither given up nor heard the end of, by handle. */
  readonly open = new Map<number, Open>()
  /** Since when attempts should not be in the queue any more, by the time that passes. */
  readonly #overdue = new Map<string, number>()

  constructor(world: World, clients: Clients, server: Server) {
    this.#world = world
    this.#clients = clients
    this.#server = server
  }

  started(open: Open): void {
    const { attempt, label } = open
    checkCall(this.#world, 'nothing lost', !this.#server.isDead, () => `${label} is started by a server that is dead`)
    // Two may overlap for a moment, when one server does not know yet that it has been given up.
    if (!this.#server.isStale) this.#checkStart(attempt, label)
    this.open.set(attempt.handle, open)
  }

  /** The engine gives an attempt up. */
  cancelled({ attempt, label }: OpenAttempt): void {
    const row = rowOf(this.#world, attempt.runId, attempt.action)
    const isOver = hasEnded(row) || (row?.state.attempt ?? 0) > attempt.number
    checkCall(this.#world, 'after the commit', isOver, () => `${label} is given up before that is stored`)
    this.open.delete(attempt.handle)
  }

  /** To be asked while nothing is gathered: what is may have made room, and attempts are told so when it is committed. */
  checkLimits(): void {
    const { limit, queues } = this.#world
    const busy = [...this.open.values()].filter((open) => this.#isBusy(open))
    const byRun = limit === 0 ? [] : Map.groupBy(busy, ({ attempt }) => attempt.runId).values()
    for (const ofRun of byRun) this.#checkBusy(limit, ofRun)
    for (const [queue, { maxConcurrency }] of Object.entries(queues ?? {})) {
      if (maxConcurrency === undefined) continue
      const queueOf = ({ attempt: { runId, action } }: OpenAttempt): string | null =>
        rowOf(this.#world, runId, action)?.queue ?? null
      this.#checkBusy(
        maxConcurrency,
        busy.filter((one) => queueOf(one) === queue),
      )
    }
    // They all have the same key.
    const serialized = [...this.open.values()].filter(({ attempt }) => attempt.policy.serializeCache)
    this.#checkBusy(1, serialized)
    const cpu = busy.reduce((sum, { attempt }) => sum + attempt.policy.resources.cpu, 0)
    check('bounded', cpu <= capacity.cpu, () => `${labelsOf(busy)} use ${cpu} processors`)
  }

  /** To be asked at the same times: limits of time hold, by the time that passes. */
  checkTimes(): void {
    for (const { attempt, label, runningAt } of this.open.values()) {
      const limitMs = attempt.policy.maxRuntimeMs
      if (limitMs === null || runningAt === undefined) continue
      const ranMs = this.#world.time.elapsedMs - runningAt
      check('bounded', ranMs <= limitMs, () => `${label} runs for ${ranMs} ms, and may for ${limitMs}`)
    }
    // While nobody is there nobody looks at the time, and those who look at the clock believe it.
    if (this.#world.store instanceof SharedDatabase || this.#clients.wasClockSet) return
    for (const row of this.#world.store.actions.values()) {
      if (row.state.endedAt === null && row.state.phase < ActionPhase.RUNNING) this.#checkQueued(row)
    }
  }

  /** To be asked when all has ended. */
  checkEnd(): void {
    const { size } = this.open
    check('live work only', size === 0, () => `${labelsOf([...this.open.values()])} are not given up after their end`)
  }

  #checkStart(attempt: Attempt, label: string): void {
    const row = rowOf(this.#world, attempt.runId, attempt.action)
    checkCall(this.#world, 'after the commit', row !== undefined, () => `${label} is started before it is stored`)
    checkCall(this.#world, 'nothing lost', !hasEnded(row), () => `${label} is started again after its end`)
    const isStored = row?.state.attempt === attempt.number
    checkCall(
      this.#world,
      'after the commit',
      isStored,
      () => `${label} is started while attempt ${row?.state.attempt} is stored`,
    )
    const hasRun = row?.state.timeline.includes(`,${ActionPhase.RUNNING}:`) === true && attempt.startedAt === null
    checkCall(this.#world, 'one attempt', !hasRun, () => `${label} is handed out anew, although it ran`)
    for (const server of this.#world.servers) {
      if (server.isStale) continue
      for (const other of server.openAttempts) this.#checkBeside(attempt, label, other)
    }
    const backsOff = row?.state.notBefore ?? 0
    const isTime = this.#clients.wasClockSet || backsOff <= this.#world.time.now()
    checkCall(this.#world, 'bounded', isTime, () => `${label} does not back off`)
  }

  #checkBeside({ runId, action }: Attempt, label: string, { attempt: other, label: otherLabel }: OpenAttempt): void {
    const isSame = other.runId === runId && other.action === action
    checkCall(this.#world, 'one attempt', !isSame, () => `${label} is started beside ${otherLabel}`)
  }

  /** Whoever reports late makes an attempt late when it begins: the time at which that is known must not pass. */
  #checkQueued({ runId, name, state }: ActionRecord): void {
    const { elapsedMs } = this.#world.time
    const maxQueuedMs = this.#world.plan.get(name)?.maxQueuedMs
    if (maxQueuedMs === undefined) return
    const { attempt, timeline, notBefore } = state
    const since = Math.max(Number.parseInt(timeline.slice(timeline.indexOf(':') + 1), 10), notBefore ?? 0)
    if (this.#world.time.now() - since < maxQueuedMs) return
    const label = `${runId}/${name}#${attempt}`
    const dueAt = this.#overdue.get(label) ?? elapsedMs
    this.#overdue.set(label, dueAt)
    check('bounded', elapsedMs === dueAt, () => `${label} waits since ${since}, longer than ${maxQueuedMs} ms`)
  }

  /** Those whose children have ended are busy again, over the limit or not, as is what outlived its server. */
  #isBusy({ attempt, hasWaited, asked }: OpenAttempt): boolean {
    return !hasWaited && asked.size === 0 && attempt.startedAt === null && !hasLiveChild(this.#world, attempt)
  }

  #checkBusy(most: number, busy: ReadonlyArray<OpenAttempt>): void {
    check('bounded', busy.length <= most, () => `${labelsOf(busy)} are busy at once, and ${most} may be`)
  }
}

export function hasLiveChild(world: World, { runId, action }: Attempt): boolean {
  const children = world.plan.get(action)?.children ?? []
  return children.some((name) => rowOf(world, runId, name)?.state.endedAt === null)
}

function labelsOf(attempts: ReadonlyArray<OpenAttempt>): string {
  return attempts.map(({ label }) => label).join(' and ')
}
