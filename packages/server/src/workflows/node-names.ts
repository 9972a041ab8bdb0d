import { sha256Base64, subActionName } from '@tern/core'
import type { StartEffect } from '@tern/core/workflow'
import type { RunKey } from '../engine/model.ts'

/** The action of a workflow: what its nodes start are children of it. */
export interface NodeParent {
  readonly run: RunKey
  readonly action: string
}

/**
 * The name of a node's action. It follows from the action of the workflow, the node, its task and its inputs, so that whoever
 * walks the graph again asks for the same actions.
 *
 * @param identity of the task
 * @param round from 1; each is one action
 */
export function nodeActionName(
  effect: StartEffect,
  identity: string,
  { run, action }: NodeParent,
  round: number,
): string {
  return subActionName({
    parent: action,
    // Which of several failures a handler is told of may depend on which came first: it is called once all the same. Another
    // run, which takes over the results of this one, fails for itself.
    inputsHash: effect.isFailureHandler ? `${run.project}/${run.domain}/${run.run}` : sha256Base64(effect.inputs),
    taskIdentity: identity,
    seq: round,
    group: effect.key,
  })
}
