import { fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  backoffDelayMs,
  type Clock,
  fromTaskError,
  type NotificationFacts,
  phaseName,
  toNotificationRequest,
} from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import { NotificationState } from '@tern/idl/notification'
import { type InlineRule, InlineRuleSchema, type RunSpec } from '@tern/idl/task'
import { TaskErrorSchema } from '@tern/idl/worker'
import type { Logger } from 'pino'
import type { Change, ChangeFeed, RunKey } from '../engine/model.ts'
import { Timers } from '../engine/timers.ts'
import type { DueNotification, NotificationRow, NotificationsRepository } from '../store/notifications-repository.ts'
import { deliver, DeliveryError } from './http-delivery.ts'
import type { Mailer } from './mailer.ts'
import { rulesOf } from './notification-rules.ts'

export interface NotificationsParts {
  readonly repository: NotificationsRepository
  readonly changes: ChangeFeed
  /** Absent where there is no mail server. */
  readonly mailer?: Mailer | undefined
  readonly clock: Clock
  readonly logger: Logger
}

type Task = 'look' | 'look again' | 'forget'

const { SENDING, DELIVERED, FAILED, SKIPPED } = NotificationState
// Runs that end at once are looked at together.
const gatherMs = 50
const lookAgainMs = 60_000
const forgetEveryMs = 60 * 60_000
// Runs are made in much less, and notifications of none are of no use.
const forgetAfterMs = 60 * 60_000
// Longer than sending takes, whoever sends.
const claimMs = 90_000
// Looked at one by one.
const mostRuns = 500
const mostFailures = 10
const retryBackoff = { baseMs: 2_000, factor: 3, capMs: 10 * 60_000 }
const stopGraceMs = 2_000

/**
 * Tells others that runs have ended: after that is stored, and until they have taken it. What a server had not sent when it
 * ended, another one sends; what it may have sent, too.
 *
 * Costs next to nothing where no run says that it wants any.
 */
export class Notifications {
  readonly #parts: NotificationsParts
  readonly #timers: Timers<Task>
  readonly #planned = new Map<Task, number>()
  readonly #givingUp = new AbortController()
  #working: Promise<void> = Promise.resolve()
  #unsubscribe: (() => void) | undefined
  #mayHaveOpen = false
  /** Runs that may have ended since they were looked at; all of them, where too much has changed. */
  #changed = new Set<number>()
  #hasToLookAtAll = true
  #isShared = true
  #hasBegun = false
  #isStopped = false

  constructor(parts: NotificationsParts) {
    this.#parts = parts
    this.#timers = new Timers(parts.clock, (task) => this.#onDue(task))
  }

  /**
   * The notifications that a run spec asks for.
   *
   * @throws InvalidArgumentError or FailedPreconditionError for what cannot be sent
   */
  rulesOf(runSpec: RunSpec, field?: string): ReadonlyArray<InlineRule> {
    return rulesOf(runSpec, { canMail: this.#parts.mailer !== undefined }, field)
  }

  /** Notes what is to be sent when a run ends. To be called before it is made. */
  async add(run: RunKey & { readonly requestDigest: string }, rules: ReadonlyArray<InlineRule>): Promise<void> {
    if (rules.length === 0) return
    const bytes = rules.map((rule) => toBinary(InlineRuleSchema, rule))
    await this.#parts.repository.add(run, bytes, this.#parts.clock.now())
    this.#mayHaveOpen = true
    this.#plan('look again', lookAgainMs)
  }

  list(run: RunKey): Promise<ReadonlyArray<NotificationRow>> {
    return this.#parts.repository.list(run)
  }

  /**
   * From now on sends what there is to be sent, beginning with what an earlier server has left. Where several share the database,
   * another one may be sending it.
   */
  start({ isShared = false } = {}): void {
    this.#mayHaveOpen = true
    this.#isShared = isShared
    this.#unsubscribe = this.#parts.changes.subscribe('all', (change) => this.#onChange(change))
    this.#plan('look', 0)
    this.#plan('look again', lookAgainMs)
    this.#plan('forget', forgetEveryMs)
  }

  /** Sends nothing more. What is on its way gets a moment to be taken. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    this.#timers.stop()
    const timer = setTimeout(() => this.#givingUp.abort(), stopGraceMs)
    await this.#working
    clearTimeout(timer)
    this.#parts.mailer?.close()
  }

  #onChange({ kind, seq, runId }: Change): void {
    if (!this.#mayHaveOpen || seq !== 0 || kind === 'log') return
    // What is told of no run is told of all.
    if (runId === 0 || this.#changed.size >= mostRuns) this.#hasToLookAtAll = true
    else this.#changed.add(runId)
    this.#plan('look', gatherMs)
  }

  #plan(task: Task, inMs: number): void {
    const at = this.#parts.clock.now() + inMs
    if (this.#isStopped || (this.#planned.get(task) ?? Number.POSITIVE_INFINITY) <= at) return
    this.#planned.set(task, at)
    this.#timers.add(at, task)
  }

  #onDue(task: Task): void {
    this.#planned.delete(task)
    this.#working = this.#working
      .then(() => this.#work(task))
      .catch((err: unknown) => {
        if (this.#isStopped) return
        this.#parts.logger.warn({ err }, 'notifications could not be looked at; trying again')
        this.#plan(task, retryBackoff.baseMs)
      })
  }

  async #work(task: Task): Promise<void> {
    if (this.#isStopped) return
    const { repository, clock } = this.#parts
    if (task === 'forget') {
      await repository.forgetWithoutRun(clock.now() - forgetAfterMs)
      return this.#plan('forget', forgetEveryMs)
    }
    // Another server may have left some.
    if (task === 'look again') {
      this.#hasToLookAtAll = true
      this.#plan('look again', lookAgainMs)
    }
    await this.#look()
  }

  async #look(): Promise<void> {
    const { repository, clock } = this.#parts
    this.#mayHaveOpen = false
    if (!this.#hasBegun && !this.#isShared) await repository.releaseClaims(clock.now())
    this.#hasBegun = true
    const runs = this.#hasToLookAtAll ? ('all' as const) : [...this.#changed]
    this.#hasToLookAtAll = false
    this.#changed.clear()
    try {
      if (runs.length > 0) await this.#handleAll(() => repository.waiting(runs))
      await this.#handleAll(() => repository.due(clock.now()))
    } catch (error) {
      this.#hasToLookAtAll = true
      throw error
    }
    const next = await repository.nextAttemptAt()
    if (next !== null) this.#plan('look', Math.max(gatherMs, next - clock.now()))
    if (await repository.hasOpen()) this.#mayHaveOpen = true
  }

  async #handleAll(read: () => Promise<ReadonlyArray<DueNotification>>): Promise<void> {
    for (let due = await read(); due.length > 0 && !this.#isStopped; due = await read()) {
      await Promise.all(due.map((each) => this.#handle(each)))
    }
  }

  async #handle(due: DueNotification): Promise<void> {
    const { repository, clock } = this.#parts
    const rule = fromBinary(InlineRuleSchema, due.rule)
    if (!rule.onPhases.includes(due.phase as ActionPhase)) {
      return repository.record(due, { ...due, state: SKIPPED, nextAttemptAt: null })
    }
    if (!(await repository.claim(due, clock.now() + claimMs))) return
    const failure = await this.#send(rule, due).catch((error: unknown) => toFailure(error))
    const now = clock.now()
    if (failure === undefined) {
      const outcome = { state: DELIVERED, failures: due.failures, message: '', nextAttemptAt: null, deliveredAt: now }
      return repository.record(due, outcome)
    }
    await this.#noteFailure(due, failure, now)
  }

  async #noteFailure(due: DueNotification, failure: DeliveryError, now: number): Promise<void> {
    const { repository, logger } = this.#parts
    const failures = due.failures + 1
    const { message } = failure
    const { project, domain, run } = due
    const isOver = failure.isFinal || failures >= mostFailures
    if (isOver) logger.error({ project, domain, run, reason: message }, 'a notification could not be delivered')
    await repository.record(due, {
      state: isOver ? FAILED : SENDING,
      failures,
      message,
      nextAttemptAt: isOver ? null : now + backoffDelayMs(retryBackoff, failures - 1),
      deliveredAt: null,
    })
  }

  async #send({ delivery }: InlineRule, due: DueNotification): Promise<DeliveryError | undefined> {
    if (delivery.case !== 'deliveryTemplate') return undefined
    const { webhook, email } = delivery.value
    const facts = factsOf(due)
    if (webhook !== undefined) {
      const request = toNotificationRequest(webhook, facts)
      const failure = await deliver({ ...request, name: hostOf(request.url) }, this.#givingUp.signal)
      if (failure !== undefined) return failure
    }
    return email === undefined ? undefined : this.#parts.mailer?.send(email, facts)
  }
}

/** What keeps it from being sent may be over when it is sent again. */
function toFailure(error: unknown): DeliveryError {
  return new DeliveryError(error instanceof Error ? error.message : String(error), false, { cause: error })
}

function factsOf({ project, domain, run, phase, error, abortReason }: DueNotification): NotificationFacts {
  const failure = error === null ? '' : fromTaskError(fromBinary(TaskErrorSchema, error)).message
  return { project, domain, run, phase: phaseName(phase as ActionPhase), error: failure || abortReason }
}

/** Whom a notification goes to. The whole address of a webhook may be a secret. */
export function targetOf({ delivery }: InlineRule): { readonly kind: string; readonly target: string } {
  const { webhook, email } = delivery.case === 'deliveryTemplate' ? delivery.value : {}
  if (webhook !== undefined) return { kind: 'webhook', target: hostOf(webhook.url) }
  return { kind: 'email', target: (email?.to ?? []).map(({ address }) => address).join(', ') }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'a webhook'
}
