import { fromBinary } from '@bufbuild/protobuf'
import {
  type Clock,
  FailedPreconditionError,
  isSuccessPhase,
  isTernError,
  NotFoundError,
  type TaskFailure,
  toTaskFailure,
} from '@tern/core'
import { isTransientFault } from '@tern/core/storage'
import type { ActionPhase } from '@tern/idl/common'
import { TaskSpecSchema } from '@tern/idl/task'
import { failureOf } from '../../engine/failure-kinds.ts'
import type { ActionData, RunKey, SpecRecord } from '../../engine/model.ts'
import { PlanFullError } from '../../engine/run-places.ts'
import type { TaskPolicy } from '../../engine/task-policy.ts'
import {
  launchedAs,
  type LaunchPlanName,
  launchPlanOf,
  launchPlanTaskType,
  placeOfPlan,
} from '../../workflows/launch-plan-task.ts'
import type {
  Attempt,
  ChildRequest,
  ChildRun,
  ChildRunTerms,
  Executor,
  ExecutorHost,
  StartedAttempt,
} from '../executor.ts'

/** Finds what a launch plan runs. */
export interface LaunchPlanResolver {
  /**
   * What to run, and on what terms, for these inputs.
   *
   * Throws NotFoundError for a launch plan that there is not, FailedPreconditionError for one of which no version is active, and
   * InvalidArgumentError, naming the input, for one that it does not take.
   */
  launch(run: RunKey, plan: LaunchPlanName, inputs: ActionData): Promise<LaunchedRun>
}

export interface LaunchedRun extends Pick<ChildRequest, 'spec' | 'inputs' | 'cacheKey'> {
  readonly terms: ChildRunTerms
}

export interface LaunchPlanExecutorOptions {
  readonly plans: LaunchPlanResolver
  readonly clock: Clock
}

/** Tasks of the type `launch-plan`: they start a run, wait for its end, and end as it does. */
export class LaunchPlanExecutor implements Executor {
  readonly name = 'launch-plan'
  // The run goes on meanwhile, and is found again by its name.
  readonly reattaches = true
  readonly onlyWaits = true
  readonly #host: ExecutorHost
  readonly #options: LaunchPlanExecutorOptions
  readonly #live = new Map<number, AbortController>()

  constructor(host: ExecutorHost, options: LaunchPlanExecutorOptions) {
    this.#host = host
    this.#options = options
  }

  accepts(spec: SpecRecord, _policy: TaskPolicy): boolean {
    return spec.taskType === launchPlanTaskType
  }

  start(attempt: Attempt): StartedAttempt {
    const { handle } = attempt
    const given = new AbortController()
    const started: Started = { run: undefined, abortedFor: null }
    this.#live.set(handle, given)
    void this.#run(attempt, started, given.signal).finally(() => this.#live.delete(handle))
    return {
      cancel: (reason) => {
        started.abortedFor = reason
        given.abort()
        if (started.run !== undefined) this.#host.childRuns.abort(started.run, reason)
      },
      deliver: () => {},
    }
  }

  /** The runs go on. */
  async stop(): Promise<void> {
    for (const given of this.#live.values()) given.abort()
  }

  async #run(attempt: Attempt, started: Started, signal: AbortSignal): Promise<void> {
    const { handle, startedAt } = attempt
    const { clock } = this.#options
    // Not at once: the engine has not taken note of the attempt yet.
    await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) return
    this.#host.dispatched(handle)
    if (startedAt === null) this.#host.started(handle, clock.now())
    try {
      const run = await this.#launch(attempt)
      started.run = run
      if (run === undefined) return
      if (started.abortedFor !== null) return this.#host.childRuns.abort(run, started.abortedFor)
      const { phase, outputs, failure } = await this.#host.childRuns.ended(run, signal)
      if (isSuccessPhase(phase as ActionPhase)) this.#host.succeeded(handle, outputs, 0, clock.now())
      else this.#host.failed(handle, failedRun(run, failure), 0, clock.now())
    } catch (error) {
      if (!signal.aborted) this.#host.failed(handle, toFailure(error), 0, clock.now())
    }
  }

  async #launch(attempt: Attempt): Promise<ChildRun | undefined> {
    const plan = launchPlanOf(fromBinary(TaskSpecSchema, attempt.spec.bytes))
    // A retry of the node is another run; an attempt that follows a fault of the system goes on with the one there is.
    const name = launchedAs(attempt.action, attempt.number - attempt.systemFailures)
    const { childRuns } = this.#host
    if (attempt.startedAt !== null || attempt.systemFailures > 0) {
      // Whatever has become of the launch plan since.
      const earlier = await childRuns.find(attempt.handle, name, placeOfPlan(plan, attempt.run))
      if (earlier !== undefined) return earlier
    }
    const { terms, ...found } = await this.#options.plans.launch(attempt.run, plan, attempt.inputs)
    return childRuns.start(attempt.handle, { ...found, name, group: '', queue: '' }, terms)
  }
}

interface Started {
  run: ChildRun | undefined
  /** Set when the attempt is cancelled, other than by the end of the server. */
  abortedFor: string | null
}

/** The run has had its own attempts. What the system could not run is not run again. */
function failedRun({ key }: ChildRun, failure: TaskFailure | null): TaskFailure {
  const reason = failure ?? failureOf('Unknown', 'it ended without success, and nothing says why')
  return {
    ...reason,
    message: `run ${key.run} failed: ${reason.message}`,
    recoverable: reason.kind === 'user' && reason.recoverable,
  }
}

function toFailure(error: unknown): TaskFailure {
  if (error instanceof PlanFullError) return failureOf('LaunchPlanFull', error.message)
  if (error instanceof NotFoundError || error instanceof FailedPreconditionError)
    return failureOf('LaunchPlanNotFound', `${error.message}.${error.hint === undefined ? '' : ` ${error.hint}`}`)
  if (isTernError(error) && !isTransientFault(error)) return toTaskFailure(error)
  const reason = error instanceof Error ? error.message : String(error)
  return failureOf('StoreUnreadable', `the run could not be started or followed: ${reason}`)
}
