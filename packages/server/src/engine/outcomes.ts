import type { ChildOutcome } from '../executors/executor.ts'
import type { ActionRecord } from '../store/engine-store.ts'
import { wasAborted } from './failures.ts'
import type { RunKey } from './model.ts'

/** How an action ended, as its parent is told. */
export function toOutcome(action: ActionRecord): ChildOutcome {
  const { state } = action
  return {
    name: action.name,
    phase: state.phase,
    outputs:
      action.outputs !== null
        ? { bytes: action.outputs }
        : action.outputsUri !== null
          ? { uri: action.outputsUri }
          : null,
    failure: state.abortReason === null ? state.failure : wasAborted(state.abortReason),
  }
}

/** An attempt, as results name where they come from. */
export function sourceOf({ project, domain, run }: RunKey, { name, state }: ActionRecord): string {
  return [project, domain, run, name, state.attempt].join('/')
}
