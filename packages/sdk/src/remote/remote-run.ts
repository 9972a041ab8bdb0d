import { isSuccessPhase, rootActionName } from '@tern/core'
import type { Outputs } from '@tern/idl/task'
import type { RunHandle, RunState, WaitOptions } from '../authoring/run-handle.ts'
import { toError, toRunState } from './action-state.ts'
import type { ListOptions } from './connection.ts'
import type { LogEntry } from './log-stream.ts'
import { type ActionSummary, type LogOptions, plainOutputs, RemoteAction, toActionSummary } from './remote-action.ts'
import { type RecoverOptions, rerun, type RerunOptions } from './rerun.ts'
import type { TernClient } from './tern-client.ts'

/** Makes what the run's task returned of its outputs. */
export type ReadOutputs<R> = (outputs: Outputs | undefined) => Promise<R>

/** A run on a server. */
export class RemoteRun<R = unknown> implements RunHandle<R> {
  readonly name: string
  /** Its page in the console. */
  readonly url: string
  readonly #client: TernClient
  readonly #root: RemoteAction<R>
  readonly #read: ReadOutputs<R> | undefined

  /** @param read defaults to values as their types on the wire say */
  constructor(client: TernClient, name: string, read?: ReadOutputs<R>) {
    this.name = name
    this.url = client.runUrl(name)
    this.#client = client
    this.#root = new RemoteAction<R>(client, name, rootActionName)
    this.#read = read
  }

  async wait(options: WaitOptions = {}): Promise<RunState> {
    return toRunState(this.name, await this.#client.waitForAction(this.name, rootActionName, options))
  }

  async outputs(options: WaitOptions = {}): Promise<R> {
    const details = await this.#client.waitForAction(this.name, rootActionName, options)
    if (!isSuccessPhase(details.status?.phase ?? 0)) throw toError(toRunState(this.name, details))
    const { outputs } = await this.#client.getActionData(this.name)
    return this.#read === undefined ? (plainOutputs(details, outputs) as R) : this.#read(outputs)
  }

  /** What it was given, by name. */
  inputs(): Promise<Record<string, unknown>> {
    return this.#root.inputs()
  }

  async *watch(options: WaitOptions = {}): AsyncGenerator<RunState, void, undefined> {
    for await (const details of this.#client.watchAction(this.name, rootActionName, options)) {
      yield toRunState(this.name, details)
    }
  }

  /** What its root action writes, line by line; for another, `action(name).logs()`. */
  logs(options: LogOptions = {}): AsyncGenerator<LogEntry, void, undefined> {
    return this.#root.logs(options)
  }

  async abort(reason?: string): Promise<void> {
    await this.#client.abortRun(this.name, reason)
  }

  async details(): Promise<RunState> {
    return toRunState(this.name, await this.#client.getAction(this.name))
  }

  /** Its actions, the first one first. */
  async *actions(options: ListOptions = {}): AsyncGenerator<ActionSummary, void, undefined> {
    const sortBy = options.sortBy ?? { key: 'created_at', ascending: true }
    for await (const action of this.#client.listActions(this.name, { ...options, sortBy }))
      yield toActionSummary(action)
  }

  /** One of its actions, by its name. */
  action<A = unknown>(name: string): RemoteAction<A> {
    return new RemoteAction<A>(this.#client, this.name, name)
  }

  /** Runs the same again: the same code, with the same inputs, but those that are given. */
  async rerun(options: RerunOptions = {}): Promise<RemoteRun<R>> {
    return new RemoteRun(this.#client, await rerun(this.#client, this.name, options), this.#read)
  }

  /** Runs the same again, with the results of all actions that have succeeded. */
  async recover(options: RecoverOptions = {}): Promise<RemoteRun<R>> {
    return new RemoteRun(this.#client, await rerun(this.#client, this.name, { ...options, recover: true }), this.#read)
  }

  /** Where a file that it takes or gives can be fetched for a while. */
  fileUrl(uri: string): Promise<string> {
    return this.#root.fileUrl(uri)
  }
}
