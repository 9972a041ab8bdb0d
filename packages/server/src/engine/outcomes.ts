import { ActionPhase } from '@tern/idl/common'
import type { ChildOutcome } from '../executors/executor.ts'
import type { ActionRecord } from '../store/engine-store.ts'
import { wasAborted } from './failures.ts'
import type { ActionData, RunKey } from './model.ts'

/** How an action ended, as its parent is told. */
export function toOutcome(action: ActionRecord): ChildOutcome {
  const { state } = action
  return {
    name: action.name,
    phase: state.phase,
    outputs: outputsOf(action),
    failure: state.abortReason === null ? state.failure : wasAborted(state.abortReason),
    attempt: state.attempt,
  }
}

/** What a parent is told of a trace that nothing is recorded of. */
export function notRecorded(name: string): ChildOutcome {
  return { name, phase: ActionPhase.UNSPECIFIED, outputs: null, failure: null }
}

export function inputsOf({ inputs, inputsUri }: ActionRecord): ActionData | null {
  return toData(inputs, inputsUri)
}

export function outputsOf({ outputs, outputsUri }: ActionRecord): ActionData | null {
  return toData(outputs, outputsUri)
}

function toData(bytes: Uint8Array | null, uri: string | null): ActionData | null {
  if (bytes !== null) return { bytes }
  return uri === null ? null : { uri }
}

/** An attempt, as results name where they come from. */
export function sourceOf({ project, domain, run }: RunKey, { name, state }: ActionRecord): string {
  return [project, domain, run, name, state.attempt].join('/')
}
