import { toInputs } from '@tern/core'
import { type Run, RunSource as WireSource } from '@tern/idl/workflow'
import type { RunOptions, RunState } from '../authoring/run-handle.ts'
import type { AnyTask, InputsOf, ResultOf } from '../authoring/task.ts'
import { statusOf } from './action-state.ts'
import { RemoteRun } from './remote-run.ts'
import { runFilters, type RunListOptions } from './run-filters.ts'
import { toRunSpec } from './run-spec.ts'
import type { TaskReference } from './task-client.ts'
import type { TernClient } from './tern-client.ts'

/** A run of a list. */
export interface RunSummary extends Omit<RunState, 'error'> {
  /** Full name of the task that it runs. */
  readonly task: string
  readonly version: string
  /** The trigger that started it, if one did. */
  readonly trigger: string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Its page in the console. */
  readonly url: string
}

/** How a run of a deployed task is started. */
export type StartRunOptions = Omit<RunOptions, 'mode' | 'answerCondition' | 'project' | 'domain'>

/** The runs of a project and domain. */
export class Runs {
  readonly #client: TernClient

  constructor(client: TernClient) {
    this.#client = client
  }

  /**
   * Starts a run of a deployed task, in whatever language. What it takes and returns can be told by the task's own type:
   *
   *     import type { predict } from './tasks.ts'
   *     const handle = await client.runs.start<typeof predict>('hello.predict', { x: 3 })
   *
   * Files, data frames and what else has no plain value are given as their URIs, or in Node as objects of the SDK.
   *
   * @param task its full name, or also its version; the latest if there is none
   * @throws NotFoundError when it is not deployed, DataValidationError when the inputs do not fit
   */
  async start<T extends AnyTask = AnyTask>(
    task: string | TaskReference,
    inputs: InputsOf<T> = {} as InputsOf<T>,
    options: StartRunOptions = {},
  ): Promise<RemoteRun<ResultOf<T>>> {
    const { taskId, spec } = await this.#client.getTask(typeof task === 'string' ? { name: task } : task)
    const defaults = new Map(
      (spec?.defaultInputs ?? []).flatMap(({ name, parameter }) =>
        parameter?.behavior.case === 'default' ? [[name, parameter.behavior.value] as const] : [],
      ),
    )
    const stored = await this.#client.store(inputs as Record<string, unknown>)
    const run = await this.#client.createRun({
      task: { reference: { name: taskId?.name ?? '', version: taskId?.version ?? '' } },
      inputs: toInputs(stored, spec?.taskTemplate?.interface?.inputs, { defaults }),
      name: options.name,
      runSpec: toRunSpec(options),
      source: WireSource.UNSPECIFIED,
    })
    return new RemoteRun(this.#client, run.action?.id?.run?.name ?? '')
  }

  /** A run by its name. Nothing is asked before one of its methods is called. */
  get<T extends AnyTask = AnyTask>(name: string): RemoteRun<ResultOf<T>> {
    return new RemoteRun(this.#client, name)
  }

  /** The runs that the options say, the newest first unless they say otherwise. */
  async *list(options: RunListOptions = {}): AsyncGenerator<RunSummary, void, undefined> {
    for await (const run of this.#client.listRuns(runFilters(options))) yield this.#toSummary(run)
  }

  #toSummary({ action, labels }: Run): RunSummary {
    const { id, metadata, status } = action ?? {}
    const name = id?.run?.name ?? ''
    const task = metadata?.spec.case === 'task' ? metadata.spec.value.id : undefined
    return {
      name,
      ...statusOf(status),
      task: task?.name ?? '',
      version: task?.version ?? '',
      trigger: metadata?.triggerId?.name?.name,
      labels: { ...labels },
      url: this.#client.runUrl(name),
    }
  }
}
