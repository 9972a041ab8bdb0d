import { ActionPhase } from '@tern/idl/common'

const names = [
  'UNSPECIFIED',
  'QUEUED',
  'WAITING_FOR_RESOURCES',
  'INITIALIZING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'ABORTED',
  'TIMED_OUT',
  'PAUSED',
  'RECOVERED',
] as const

/** The phases' names, as people and `-o json` read them. */
export type PhaseName = (typeof names)[number]

/** Whether an action or attempt in this phase has ended for good. */
export function isTerminalPhase(phase: ActionPhase): boolean {
  switch (phase) {
    case ActionPhase.SUCCEEDED:
    case ActionPhase.FAILED:
    case ActionPhase.ABORTED:
    case ActionPhase.TIMED_OUT:
    case ActionPhase.RECOVERED:
      return true
    default:
      return false
  }
}

/** Whether the phase says that the action's outputs exist. */
export function isSuccessPhase(phase: ActionPhase): boolean {
  return phase === ActionPhase.SUCCEEDED || phase === ActionPhase.RECOVERED
}

/** A phase's name; `UNSPECIFIED` for a number that this version does not know. */
export function phaseName(phase: ActionPhase): PhaseName {
  return names[phase] ?? 'UNSPECIFIED'
}

/** The phase with a name, in any case and with `-` for `_`; undefined if there is none. */
export function phaseOfName(name: string): ActionPhase | undefined {
  const index = names.indexOf(name.toUpperCase().replaceAll('-', '_') as PhaseName)
  return index < 0 ? undefined : (index as ActionPhase)
}
