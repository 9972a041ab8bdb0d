import type { NodeStatusView } from '@tern/core/workflow'
import { ActionPhase } from '@tern/idl/common'
import { NodePhase } from '@tern/idl/graph'
import type { ActionRow } from '../store/actions-repository.ts'

const ofActions: Readonly<Record<number, NodePhase>> = {
  [ActionPhase.QUEUED]: NodePhase.QUEUED,
  [ActionPhase.WAITING_FOR_RESOURCES]: NodePhase.QUEUED,
  [ActionPhase.INITIALIZING]: NodePhase.QUEUED,
  [ActionPhase.RUNNING]: NodePhase.RUNNING,
  [ActionPhase.PAUSED]: NodePhase.PAUSED,
  [ActionPhase.SUCCEEDED]: NodePhase.SUCCEEDED,
  [ActionPhase.RECOVERED]: NodePhase.SUCCEEDED,
  [ActionPhase.FAILED]: NodePhase.FAILED,
  [ActionPhase.ABORTED]: NodePhase.ABORTED,
  [ActionPhase.TIMED_OUT]: NodePhase.TIMED_OUT,
}

/** What a node is shown as that is one action. */
export function phaseOfAction(phase: ActionPhase): NodePhase {
  return ofActions[phase] ?? NodePhase.UNSPECIFIED
}

/**
 * What a node is shown as.
 *
 * @param own its action, where it has one
 * @param hasEnded the workflow has
 */
export function toNodePhase(
  { state, made, key, map }: NodeStatusView,
  own: ActionRow | undefined,
  hasEnded: boolean,
): NodePhase {
  // An approval that was refused, or a graph that cannot be used, fails a node whose action did well.
  if (state === 'failed' && own?.phase !== ActionPhase.ABORTED && own?.phase !== ActionPhase.TIMED_OUT)
    return NodePhase.FAILED
  if (own !== undefined && made === null) return phaseOfAction(own.phase)
  switch (state) {
    case 'succeeded':
      return NodePhase.SUCCEEDED
    case 'failed':
      return NodePhase.FAILED
    case 'aborted':
      return NodePhase.ABORTED
    case 'skipped':
      return NodePhase.SKIPPED
    case 'waiting':
      return NodePhase.UNSPECIFIED
    case 'running':
      if (hasEnded) return key !== '' && made === null && map === null ? NodePhase.UNSPECIFIED : NodePhase.ABORTED
      return key !== '' && made === null ? NodePhase.QUEUED : NodePhase.RUNNING
  }
}
