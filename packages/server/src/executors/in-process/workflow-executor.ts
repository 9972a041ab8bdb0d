import type { Clock } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { workflowTaskType } from '@tern/core/workflow'
import type { Logger } from 'pino'
import type { SpecRecord } from '../../engine/model.ts'
import type { TaskPolicy } from '../../engine/task-policy.ts'
import type { NodeChildren } from '../../workflows/node-children.ts'
import type { ParsedWorkflows } from '../../workflows/parsed-workflows.ts'
import type { Attempt, Executor, ExecutorHost, StartedAttempt } from '../executor.ts'
import { WorkflowAttempt } from './workflow-attempt.ts'

export interface WorkflowExecutorOptions {
  readonly workflows: ParsedWorkflows
  readonly children: NodeChildren
  readonly storage: Pick<Storage, 'read' | 'write'>
  /** Outputs longer than this are stored. */
  readonly maxInlineBytes: number
  /** Of inputs and outputs in storage. */
  readonly maxBytes: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Tasks that are compiled workflows: their graphs are walked here, and nothing runs for them but what their nodes call. */
export class WorkflowExecutor implements Executor {
  readonly name = 'workflow'
  // Nothing runs that a restart could end: the graph is walked again, and whatever has ended answers from the store.
  readonly reattaches = true
  readonly onlyWaits = true
  readonly #host: ExecutorHost
  readonly #options: WorkflowExecutorOptions
  readonly #live = new Set<WorkflowAttempt>()

  constructor(host: ExecutorHost, options: WorkflowExecutorOptions) {
    this.#host = host
    this.#options = options
  }

  accepts(spec: SpecRecord, _policy: TaskPolicy): boolean {
    return spec.taskType === workflowTaskType
  }

  start(attempt: Attempt): StartedAttempt {
    const started = new WorkflowAttempt(attempt, this.#host, {
      ...this.#options,
      onOver: () => this.#live.delete(started),
      onHandlerLost: ({ run, action }, error) => {
        this.#options.logger.error({ err: error, run: run.run, action }, 'a failure handler could not be started')
      },
    })
    this.#live.add(started)
    started.begin()
    return started
  }

  async stop(): Promise<void> {
    for (const attempt of this.#live) attempt.cancel('the server stops')
  }
}
