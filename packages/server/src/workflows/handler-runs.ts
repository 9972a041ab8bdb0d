import { rootActionName, toTimestamp } from '@tern/core'
import type { StartEffect } from '@tern/core/workflow'
import type { NodeStatus } from '@tern/idl/graph'
import { detachedRunName } from '../engine/detached-run.ts'
import type { RunKey } from '../engine/model.ts'
import type { ActionRow, ActionsRepository } from '../store/actions-repository.ts'
import { nodeActionName } from './node-names.ts'
import { phaseOfAction } from './node-phases.ts'
import type { NodeTasks } from './node-tasks.ts'
import { failureOfRow } from './row-failure.ts'
import { runningSince } from './running-since.ts'

export interface HandlerRunsOptions {
  /** The run of the workflow, and the action that it is. */
  readonly run: RunKey
  readonly workflow: ActionRow
  /** The calls of failure handlers that the end of the workflow asked for. */
  readonly handlers: ReadonlyArray<StartEffect>
  readonly tasks: NodeTasks
  readonly actions: Pick<ActionsRepository, 'find'>
  readonly org: string
}

/** What became of failure handlers that were runs of their own, since their workflow was aborted or ran out of time. */
export async function handlerRuns(options: HandlerRunsOptions): Promise<ReadonlyArray<NodeStatus>> {
  const statuses: NodeStatus[] = []
  for (const handler of options.handlers) {
    const status = await statusOf(handler, options)
    if (status !== undefined) statuses.push(status)
  }
  return statuses
}

async function statusOf(handler: StartEffect, options: HandlerRunsOptions): Promise<NodeStatus | undefined> {
  const { run, workflow, tasks, actions, org } = options
  const { identity } = tasks.of(handler)
  // In the last round of all that there were. Attempts that the system paid for are no rounds, so there may have been fewer.
  for (let round = workflow.attempt; round > 0; round--) {
    const call = nodeActionName(handler, identity, { run, action: workflow.name }, round)
    const name = detachedRunName(workflow.runId, call)
    const root = await actions.find({ ...run, run: name, action: rootActionName })
    if (root === undefined) continue
    const { project, domain } = run
    return {
      $typeName: 'tern.workflow.v1.NodeStatus',
      path: handler.path,
      phase: phaseOfAction(root.phase),
      action: '',
      run: { $typeName: 'flyteidl2.common.RunIdentifier', org, project, domain, name },
      startedAt: toTimestamp(runningSince(root) ?? root.createdAt),
      ...(root.endedAt !== null && { endedAt: toTimestamp(root.endedAt) }),
      error: root.error === null && root.abortReason === null ? '' : failureOfRow(root).message,
      taken: '',
    }
  }
  return undefined
}
