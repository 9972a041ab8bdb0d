import { isTerminalPhase, phaseName, rootActionName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { type Action, type ActionAttempt, ActionType } from '@tern/idl/workflow'
import type { LocalActionState, LocalAttemptState, LocalLogLine, RunState } from '@tern/sdk'
import { type PendingCondition, type TernClient, toRunState } from '@tern/sdk/client'
import { readAnswer } from '@tern/sdk/internal'
import { toValues } from '../views/io-view.ts'
import { isoTime } from '../views/wire-values.ts'
import type { Question, ScreenQuestions, ScreenRun } from './screen-run.ts'

const lookAgainMs = 1000
const maxLogLines = 5000

/** What is known of the selected action alone. */
type Details = Pick<LocalActionState, 'inputs' | 'outputs' | 'error' | 'attempts'>

/** A run on a server, as the screen shows it: its actions are asked for again and again, and those looked at in full. */
export class RemoteScreenRun implements ScreenRun, ScreenQuestions {
  readonly name: string
  actions: readonly LocalActionState[] = []
  readonly #client: TernClient
  readonly #details = new Map<string, Details>()
  readonly #logs = new Map<string, LocalLogLine[]>()
  readonly #following = new AbortController()
  #state: RunState
  #pending: PendingCondition | undefined
  #selected = rootActionName
  #timer: NodeJS.Timeout | undefined

  constructor(client: TernClient, name: string) {
    this.name = name
    this.#client = client
    this.#state = {
      name,
      phase: 'QUEUED',
      isFinal: false,
      attempts: 1,
      startedAt: undefined,
      endedAt: undefined,
      error: undefined,
    }
  }

  /** Begins to ask; ends with `stop`. */
  async start(): Promise<void> {
    await this.#look()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#following.abort()
  }

  async details(): Promise<RunState> {
    return this.#state
  }

  /** Leaving it does nothing to it. */
  async abort(): Promise<void> {}

  select(action: string): void {
    if (action === this.#selected) return
    this.#selected = action
    void this.#lookAtSelected().catch(() => undefined)
  }

  get current(): Question | undefined {
    return this.#pending
  }

  give(text: string): string {
    const pending = this.#pending
    if (pending === undefined) return ''
    const value = readAnswer(text, pending.type as 'boolean')
    if (value === undefined) return `not of type ${pending.type}`
    this.#pending = undefined
    void this.#client.conditions.signal(this.name, pending.action, value).catch(() => undefined)
    return ''
  }

  async #look(): Promise<void> {
    const began = performance.now()
    try {
      const found: Action[] = []
      for await (const action of this.#client.listActions(this.name)) found.push(action)
      this.actions = found.map((action) => this.#toState(action))
      this.#state = toRunState(this.name, await this.#client.getAction(this.name))
      await this.#lookForConditions()
      await this.#lookAtSelected()
    } catch {
      // It is asked again: the server may be starting anew.
    }
    if (!this.#state.isFinal && !this.#following.signal.aborted) {
      // A run of many actions is not asked for all the time.
      const took = performance.now() - began
      this.#timer = setTimeout(() => void this.#look(), Math.max(lookAgainMs, 5 * took))
    }
  }

  async #lookForConditions(): Promise<void> {
    this.#pending = undefined
    if (!this.actions.some(({ phase }) => phase === 'PAUSED')) return
    for await (const condition of this.#client.conditions.list(this.name)) {
      this.#pending = condition
      return
    }
  }

  async #lookAtSelected(): Promise<void> {
    const name = this.#selected
    const details = await this.#client.getAction(this.name, name)
    const { inputs, outputs } = await this.#client.getActionData(this.name, name)
    for (const { attempt, logsAvailable } of details.attempts) if (logsAvailable) this.#follow(name, attempt)
    const { isFinal, error, phase } = toRunState(name, details)
    const isDone = isFinal && (phase === 'SUCCEEDED' || phase === 'RECOVERED')
    this.#details.set(name, {
      inputs: toValues(inputs?.literals ?? []),
      outputs: isDone ? toValues(outputs?.literals ?? []) : undefined,
      error,
      attempts: details.attempts.map((attempt) => this.#toAttempt(name, attempt)),
    })
  }

  /** Reads the log of an attempt, and what comes to it. */
  #follow(action: string, attempt: number): void {
    const key = `${action}/${attempt}`
    if (this.#logs.has(key)) return
    const lines: LocalLogLine[] = []
    this.#logs.set(key, lines)
    const read = async () => {
      for await (const { at, text } of this.#client.logs(this.name, action, {
        attempt,
        signal: this.#following.signal,
      })) {
        if (lines.length === maxLogLines) lines.shift()
        lines.push({ at: at?.getTime() ?? 0, stream: 'stdout', text: text.trimEnd() })
      }
    }
    read().catch(() => undefined)
  }

  #toState({ id, metadata, status }: Action): LocalActionState {
    const name = id?.name ?? ''
    const type = metadata?.actionType
    const spec = metadata?.spec
    const phase = status?.phase ?? ActionPhase.UNSPECIFIED
    const known = () => this.#details.get(name)
    const endedAt = isoTime(status?.endTime)
    return {
      name,
      parentName: metadata?.parent || undefined,
      kind: type === ActionType.CONDITION ? 'condition' : type === ActionType.TRACE ? 'trace' : 'task',
      title: (spec?.case === 'task' ? spec.value.id?.name : spec?.value?.name) ?? name,
      group: metadata?.group ?? '',
      phase: phaseName(phase),
      isFinal: isTerminalPhase(phase),
      startedAt: new Date(isoTime(status?.startTime) ?? Date.now()),
      endedAt: endedAt === null || !isTerminalPhase(phase) ? undefined : new Date(endedAt),
      attemptCount: status?.attempts ?? 1,
      cache: status?.cacheStatus === CatalogCacheStatus.CACHE_HIT ? 'hit' : 'disabled',
      cacheSource: undefined,
      prompt: undefined,
      get attempts() {
        return known()?.attempts ?? []
      },
      get inputs() {
        return known()?.inputs ?? {}
      },
      get outputs() {
        return known()?.outputs
      },
      get error() {
        return known()?.error
      },
    }
  }

  #toAttempt(name: string, attempt: ActionAttempt): LocalAttemptState {
    const { message } = attempt.errorInfo ?? {}
    const [startedAt, endedAt] = [isoTime(attempt.startTime), isoTime(attempt.endTime)]
    return {
      attempt: attempt.attempt,
      phase: phaseName(attempt.phase),
      startedAt: startedAt === null ? undefined : new Date(startedAt),
      endedAt: endedAt === null ? undefined : new Date(endedAt),
      error: message === undefined ? undefined : { code: undefined, message, kind: 'user', stack: undefined },
      logs: this.#logs.get(`${name}/${attempt.attempt}`) ?? [],
      links: attempt.logInfo.map(({ name: link, uri }) => ({ name: link, uri })),
      reportPath: undefined,
    }
  }
}
