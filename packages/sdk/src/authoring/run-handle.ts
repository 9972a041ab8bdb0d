import type { ErrorKind, PhaseName } from '@tern/core'
import type { CustomContext } from '../types/inputs-context.ts'
import type { LocalOptions } from '../local/local-options.ts'
import type { AnswerCondition } from './condition-request.ts'
import type { Notification } from './notify.ts'

/** What is known of a run at one moment. */
export interface RunState {
  readonly name: string
  readonly phase: PhaseName
  /** Whether it has ended for good. */
  readonly isFinal: boolean
  /** Of the root action, so far. */
  readonly attempts: number
  readonly startedAt: Date | undefined
  readonly endedAt: Date | undefined
  /** Why it failed, ran out of time or was aborted. */
  readonly error: RunError | undefined
}

/** Why a run or an action failed. */
export interface RunError {
  /** The name of the error that the task threw, where it is known. */
  readonly code: string | undefined
  readonly message: string
  readonly kind: ErrorKind
  /** Where it was thrown, with paths relative to the project, if that is known. */
  readonly stack: string | undefined
}

/** A run that was started. */
export interface RunHandle<R> {
  readonly name: string
  /** Its page in the console; `undefined` for a local run. */
  readonly url: string | undefined
  /** Resolves when the run has ended, however it ended. */
  wait(options?: WaitOptions): Promise<RunState>
  /**
   * Waits for the run, and gives what its task returned.
   *
   * @throws TaskFailedError, TaskTimeoutError or ActionAbortedError when it did not succeed
   */
  outputs(options?: WaitOptions): Promise<R>
  /** The run's state now and at every change, until it has ended. */
  watch(options?: WaitOptions): AsyncIterable<RunState>
  abort(reason?: string): Promise<void>
  /** The run's state now. */
  details(): Promise<RunState>
}

/** How long the caller waits. */
export interface WaitOptions {
  /** Stops waiting; the run goes on. */
  readonly signal?: AbortSignal | undefined
}

/** What one run is started with, beside the inputs. */
export interface RunOptions {
  /** Defaults to a new name. */
  readonly name?: string | undefined
  /** Run in this process with nothing else. Defaults to `'remote'`. */
  readonly mode?: 'remote' | 'local' | undefined
  /** Defaults to the configured project, or `flytesnacks`. */
  readonly project?: string | undefined
  /** Defaults to the configured domain, or `development`. */
  readonly domain?: string | undefined
  /** Environment variables for all actions of the run. */
  readonly envVars?: Readonly<Record<string, string>> | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly interruptible?: boolean | undefined
  readonly queue?: string | undefined
  /** How many actions may run at once; 0 for the server's limit. */
  readonly maxActionConcurrency?: number | undefined
  /** Answers the conditions of a local run. Defaults to asking on the terminal, if there is one. */
  readonly answerCondition?: AnswerCondition | undefined
  /** What flows to all its actions. Defaults to nothing. */
  readonly customContext?: CustomContext | undefined
  /** What is said of a local run alone; on a server it means nothing. */
  readonly local?: LocalOptions | undefined
  /** What is sent when the run ends: see `notify`. Defaults to nothing. */
  readonly notify?: Notification | readonly Notification[] | undefined
  /** Compute again what is cached, and keep the new results. */
  readonly overwriteCache?: boolean | undefined
}
