import { rootActionName } from '@tern/core'
import type { ChildOutcome, ChildRequest, ChildRun, ChildRuns, ChildRunTerms } from '../executors/executor.ts'
import { detachedRunName, detachedRunOf } from './detached-run.ts'
import type { LiveActions } from './live-actions.ts'
import type { ActionKey, NewRun } from './model.ts'
import { toOutcome } from './outcomes.ts'

/** What is asked of the engine for runs. */
export interface RunRequests {
  /** Resolves once the run is stored. */
  readonly createRun: (run: NewRun) => Promise<{ readonly runId: number }>
  readonly abort: (key: ActionKey, reason: string) => Promise<void>
}

/** Runs that attempts start and wait for, whichever server they are at by the time. */
export class FollowedRuns implements ChildRuns {
  readonly #actions: LiveActions
  readonly #requests: RunRequests

  constructor(actions: LiveActions, requests: RunRequests) {
    this.#actions = actions
    this.#requests = requests
  }

  async start(handle: number, child: ChildRequest, terms: ChildRunTerms): Promise<ChildRun | undefined> {
    const parent = this.#actions.dispatcher.entryOf(handle)
    if (parent === undefined) return undefined
    const run = detachedRunOf(parent, child, terms)
    await terms.announce?.(run)
    return this.#create(run)
  }

  async find(
    handle: number,
    child: string,
    { project, domain }: Pick<ChildRunTerms, 'project' | 'domain'>,
  ): Promise<ChildRun | undefined> {
    const parent = this.#actions.dispatcher.entryOf(handle)
    if (parent === undefined) return undefined
    const key = { project, domain, run: detachedRunName(parent.runId, child) }
    const found = await this.#actions.store.findRun(project, domain, key.run)
    return found && { runId: found.id, key }
  }

  onBehalfOf(handle: number): ((child: ChildRequest) => Promise<ChildRun>) | undefined {
    const parent = this.#actions.dispatcher.entryOf(handle)
    return parent && ((child) => this.#create(detachedRunOf(parent, child)))
  }

  async #create(run: NewRun): Promise<ChildRun> {
    const { runId } = await this.#requests.createRun(run)
    return { runId, key: run.key }
  }

  ended({ runId }: ChildRun, signal: AbortSignal): Promise<ChildOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<ChildOutcome>()
    const look = (): void => {
      this.#actions.store.findAction(runId, rootActionName).then((root) => {
        if (root !== undefined && root.state.endedAt !== null) resolve(toOutcome(root))
      }, reject)
    }
    const unsubscribe = this.#actions.changes.subscribe(runId, ({ kind, seq }) => {
      if (kind === 'everything' || (kind === 'action' && seq === 0)) look()
    })
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    look()
    return promise.finally(() => {
      unsubscribe()
      signal.removeEventListener('abort', onAbort)
    })
  }

  abort({ key }: ChildRun, reason: string): void {
    this.#requests.abort({ ...key, action: rootActionName }, reason).catch((error: unknown) => {
      this.#actions.logger.warn({ err: error, run: key.run }, 'a run that a launch plan node started was not aborted')
    })
  }
}
