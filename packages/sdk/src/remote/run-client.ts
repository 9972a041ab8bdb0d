import { type Client, createClient as createRpcClient } from '@connectrpc/connect'
import { isTerminalPhase, newRunName, rootActionName } from '@tern/core'
import type { GetActionDataResponse } from '@tern/idl/dataproxy'
import type { Inputs, RunSpec, TaskSpec } from '@tern/idl/task'
import {
  type Action,
  type ActionDetails,
  type EventPayload,
  type Run,
  type RunDetails,
  RunService,
  RunSource,
} from '@tern/idl/workflow'
import type { Configuration } from './configuration.ts'
import type { ListOptions } from './connection.ts'
import { createOnce } from './create-once.ts'
import { type LogEntry, tailLogs } from './log-stream.ts'
import type { ClientPlatform } from './platform.ts'
import { required } from './required.ts'
import { resubscribe } from './resubscribe.ts'
import { fromRpcError } from './rpc-errors.ts'
import { TaskClient, type TaskReference } from './task-client.ts'
import type { TriggerReference } from './triggers.ts'

/** A run as the wire has it. */
export interface CreateRunOptions {
  /** A task by value, or one that was deployed, or what a trigger starts. */
  readonly task:
    | { readonly spec: TaskSpec }
    | { readonly reference: TaskReference & { readonly version: string } }
    | { readonly trigger: TriggerReference }
  /** Left out, a trigger's are used. */
  readonly inputs?: Inputs | undefined
  /** Defaults to a name that the server makes up. */
  readonly name?: string | undefined
  /** Left out, a trigger's is used. */
  readonly runSpec?: RunSpec | undefined
  /** What the run is shown to come from. Defaults to nothing in particular. */
  readonly source?: RunSource | undefined
}

/** How long a stream is read. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined
}

/** Calls about runs and their actions. */
export class RunClient extends TaskClient {
  private readonly runService: Client<typeof RunService>

  constructor(configuration: Configuration, platform: ClientPlatform) {
    super(configuration, platform)
    this.runService = createRpcClient(RunService, this.connection.transport)
  }

  /**
   * Makes a run. It has a name before it is asked for, so that a call whose answer was lost can be repeated: the run is made
   * once.
   *
   * @throws AlreadyExistsError when there is a run of the name that the options give
   */
  async createRun(options: CreateRunOptions): Promise<Run> {
    const name = options.name ?? newRunName()
    const id = { case: 'runId', value: this.runId(name) } as const
    const task = this.toTask(options.task)
    const { inputs } = options
    return this.connection.call(async () => {
      const uploaded = inputs === undefined ? undefined : await this.dataProxy.uploadInputs({ id, task, inputs })
      if (inputs !== undefined && uploaded?.offloadedInputData === undefined) {
        throw new Error('the server did not say where it stored the inputs')
      }
      const request = {
        id,
        task,
        source: options.source ?? RunSource.UNSPECIFIED,
        ...(uploaded?.offloadedInputData && {
          inputWrapper: { case: 'offloadedInputData', value: uploaded.offloadedInputData } as const,
        }),
        ...(options.runSpec && { runSpec: options.runSpec }),
      }
      const answer = await createOnce(
        () => this.runService.createRun(request),
        options.name === undefined ? () => this.runService.getRunDetails({ runId: this.runId(name) }) : undefined,
      )
      return required(answer.run, 'a run')
    })
  }

  /** A run, with what its root action is at. @throws NotFoundError */
  async getRun(name: string): Promise<RunDetails> {
    const { details } = await this.connection.call(() => this.runService.getRunDetails({ runId: this.runId(name) }))
    return required(details, `run ${name}`)
  }

  /** The runs of the project and domain, the newest first unless the options say otherwise. */
  listRuns(options: ListOptions = {}): AsyncGenerator<Run, void, undefined> {
    return this.connection.pages(options, async (request) => {
      const { runs, token } = await this.runService.listRuns({ request, scopeBy: this.projectScope })
      return { items: runs, token }
    })
  }

  /** An action of a run, the root action if none is named. @throws NotFoundError */
  async getAction(run: string, action: string = rootActionName): Promise<ActionDetails> {
    const { details } = await this.connection.call(() =>
      this.runService.getActionDetails({ actionId: this.actionId(run, action) }),
    )
    return required(details, `action ${action} of run ${run}`)
  }

  /** The actions of a run. */
  listActions(run: string, options: ListOptions = {}): AsyncGenerator<Action, void, undefined> {
    return this.connection.pages(options, async (request) => {
      const { actions, token } = await this.runService.listActions({ request, runId: this.runId(run) })
      return { items: actions, token }
    })
  }

  /** An action now and at every change until it has ended, over interruptions of the connection. */
  async *watchAction(
    run: string,
    action: string = rootActionName,
    options: StreamOptions = {},
  ): AsyncGenerator<ActionDetails, void, undefined> {
    const signal = options.signal ?? new AbortController().signal
    const request = { actionId: this.actionId(run, action) }
    try {
      const answers = resubscribe(
        () => this.runService.watchActionDetails(request, { signal }),
        ({ details }) => details?.status !== undefined && isTerminalPhase(details.status.phase),
        signal,
      )
      for await (const { details } of answers) if (details !== undefined) yield details
    } catch (error) {
      throw fromRpcError(error, this.configuration)
    }
  }

  /** Waits until an action, the root action of a run if none is named, has ended. */
  async waitForAction(
    run: string,
    action: string = rootActionName,
    options: StreamOptions = {},
  ): Promise<ActionDetails> {
    let last: ActionDetails | undefined
    for await (const details of this.watchAction(run, action, options)) last = details
    return required(last, `action ${action} of run ${run}`)
  }

  /** An action's inputs and outputs. @throws NotFoundError while there are none */
  getActionData(run: string, action: string = rootActionName): Promise<GetActionDataResponse> {
    return this.connection.call(() => this.dataProxy.getActionData({ actionId: this.actionId(run, action) }))
  }

  /** What an attempt writes, line by line, until it has ended. Waits for an attempt that has not begun to write. */
  async *logs(
    run: string,
    action: string = rootActionName,
    options: StreamOptions & { readonly attempt?: number } = {},
  ): AsyncGenerator<LogEntry, void, undefined> {
    const request = { actionId: this.actionId(run, action), attempt: options.attempt ?? 1 }
    try {
      yield* tailLogs(this.dataProxy, request, options.signal ?? new AbortController().signal)
    } catch (error) {
      throw fromRpcError(error, this.configuration)
    }
  }

  /** Stops a run and everything it has started. @throws NotFoundError */
  async abortRun(name: string, reason = 'aborted by the user'): Promise<void> {
    await this.connection.call(() => this.runService.abortRun({ runId: this.runId(name), reason }))
  }

  /** Stops one action, and those below it: whoever called it is told that it was aborted. @throws NotFoundError */
  async abortAction(run: string, action: string, reason = 'aborted by the user'): Promise<void> {
    await this.connection.call(() => this.runService.abortAction({ actionId: this.actionId(run, action), reason }))
  }

  /** Gives a condition that an action of a run waits for its value. */
  async signal(run: string, condition: string, parent: string, value: EventPayload['value']): Promise<void> {
    await this.connection.call(() =>
      this.runService.signalEvent({
        actionId: this.actionId(run, condition),
        parentActionName: parent,
        payload: { value },
      }),
    )
  }

  private toTask(task: CreateRunOptions['task']) {
    const { place } = this.connection
    if ('spec' in task) return { case: 'taskSpec', value: task.spec } as const
    if ('trigger' in task) {
      const { task: taskName, name } = task.trigger
      return { case: 'triggerName', value: { ...place, taskName, name } } as const
    }
    const { name, version, project = place.project, domain = place.domain } = task.reference
    return { case: 'taskId', value: { ...place, project, domain, name, version } } as const
  }
}
