import { Limit } from '@tern/core/engine'
import type { AnswerCondition } from '../authoring/condition-request.ts'
import type { RunOptions } from '../authoring/run-handle.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { LocalAction } from './local-action.ts'
import type { LocalAttempt } from './local-attempt.ts'
import { type CachedOutputs, LocalCache } from './local-cache.ts'
import { type ClockedRun, type LocalClock, systemLocalClock } from './local-clock.ts'
import { LocalSecrets } from './local-secrets.ts'
import { currentMocks, type Mocks } from './mocks.ts'
import { askOnTerminal } from './terminal-answers.ts'

/** A run as its tasks are told of it. */
export interface LocalRunId {
  readonly org: string
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly startedAt: Date
}

/** What holds for an action of a local run and, unless they say otherwise, for those below it. */
export interface LocalTerms {
  readonly envVars: Readonly<Record<string, string>>
  readonly overwriteCache: boolean
}

/** What makes attempts. */
export type NewAttempt = (action: LocalAction, definition: TaskDefinition, attempt: number) => LocalAttempt

export interface LocalEngineOptions {
  readonly id: LocalRunId
  readonly options: RunOptions
  readonly newAttempt: NewAttempt
  /** Starts a run beside this one, and gives its name. */
  readonly detach: (definition: TaskDefinition, inputs: Uint8Array, terms: LocalTerms) => string
}

/** What the actions of one local run share. */
export class LocalEngine implements ClockedRun {
  readonly id: LocalRunId
  readonly clock: LocalClock
  /** Places for actions that run at once; null for no limit. */
  readonly limit: Limit | null
  /** Of its root. */
  readonly terms: LocalTerms
  readonly secrets: LocalSecrets
  readonly answer: AnswerCondition
  readonly cache: LocalCache
  readonly capturesOutput: boolean
  /** What stands in for tasks: what did so where the run was started. */
  readonly mocks: Mocks = currentMocks()
  /** By name, in the order in which they came. */
  readonly actions = new Map<string, LocalAction>()
  /** Names of the runs that were started to go on by themselves, by the name of the call. */
  readonly detached = new Map<string, string>()
  readonly detach: LocalEngineOptions['detach']
  readonly newAttempt: NewAttempt
  readonly #running = new Set<Promise<void>>()
  #lookups = 0
  readonly #listeners = new Set<(action: LocalAction) => void>()

  constructor({ id, options, detach, newAttempt }: LocalEngineOptions) {
    const { envVars = {}, maxActionConcurrency = 0, answerCondition = askOnTerminal, overwriteCache = false } = options
    const { clock = systemLocalClock, cacheFile, secretsFile, output = 'terminal' } = options.local ?? {}
    this.id = id
    this.clock = clock
    this.terms = { envVars, overwriteCache }
    this.limit =
      maxActionConcurrency === 0 ? null : new Limit('a place among the actions of the run', maxActionConcurrency)
    this.answer = answerCondition
    this.cache = LocalCache.of(cacheFile)
    this.secrets = new LocalSecrets(id.name, secretsFile)
    this.capturesOutput = output === 'capture'
    this.detach = detach
    this.newAttempt = newAttempt
  }

  add(action: LocalAction): void {
    this.actions.set(action.name, action)
    this.changed(action)
  }

  changed(action: LocalAction): void {
    for (const listener of this.#listeners) listener(action)
  }

  /** @returns ends it */
  onChange(listener: (action: LocalAction) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The result of an earlier action with that key; none where it is to be computed again. */
  async find(cacheKey: string, { overwriteCache }: LocalTerms): Promise<CachedOutputs | undefined> {
    this.#lookups += 1
    try {
      const found = await this.cache.find(cacheKey)
      return overwriteCache ? undefined : found
    } finally {
      this.#lookups -= 1
    }
  }

  /** Whether the result is kept. */
  keep(cacheKey: string, outputs: Uint8Array, source: string): boolean {
    return this.cache.keep(cacheKey, { outputs, source })
  }

  /** Code of an attempt runs until `code` resolves. */
  follow(code: Promise<void>): void {
    const running = code.finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Resolves when no code of the run is left, or when its time for that is over. */
  async settled(graceMs: number, { keepsProcess = true } = {}): Promise<void> {
    if (this.#running.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)))
    if (!keepsProcess) timer?.unref()
    await Promise.race([Promise.all(this.#running), over])
    clearTimeout(timer)
  }

  get isBusy(): boolean {
    if (this.#lookups > 0) return true
    for (const action of this.actions.values()) if (action.isBusy) return true
    return false
  }

  get isOver(): boolean {
    return this.actions.get('a0')?.isFinal === true
  }
}
