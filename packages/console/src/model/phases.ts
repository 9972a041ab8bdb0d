import { ActionPhase } from '@tern/idl/common'

/** What a phase means to somebody who looks: which colour and which shape it has. */
export type Tone = 'wait' | 'busy' | 'good' | 'bad' | 'warn' | 'ask'

export interface PhaseInfo {
  readonly phase: ActionPhase
  /** As in URLs and on the command line. */
  readonly name: string
  readonly label: string
  readonly tone: Tone
  readonly isTerminal: boolean
}

function info(phase: ActionPhase, name: string, label: string, tone: Tone, isTerminal = false): PhaseInfo {
  return { phase, name, label, tone, isTerminal }
}

const unknown = info(ActionPhase.UNSPECIFIED, 'unspecified', 'Unknown', 'wait')

/** In the order in which they are counted and listed: what wants attention comes first. */
export const phases: ReadonlyArray<PhaseInfo> = [
  info(ActionPhase.FAILED, 'failed', 'Failed', 'bad', true),
  info(ActionPhase.TIMED_OUT, 'timed_out', 'Timed out', 'bad', true),
  info(ActionPhase.PAUSED, 'paused', 'Waiting for an answer', 'ask'),
  info(ActionPhase.RUNNING, 'running', 'Running', 'busy'),
  info(ActionPhase.INITIALIZING, 'initializing', 'Starting', 'busy'),
  info(ActionPhase.WAITING_FOR_RESOURCES, 'waiting_for_resources', 'Waiting for resources', 'wait'),
  info(ActionPhase.QUEUED, 'queued', 'Queued', 'wait'),
  info(ActionPhase.ABORTED, 'aborted', 'Aborted', 'warn', true),
  info(ActionPhase.SUCCEEDED, 'succeeded', 'Succeeded', 'good', true),
  info(ActionPhase.RECOVERED, 'recovered', 'Recovered', 'good', true),
]

const byNumber = new Map<number, PhaseInfo>(phases.map((phase) => [phase.phase, phase]))

export function phaseInfo(phase: ActionPhase | undefined): PhaseInfo {
  return byNumber.get(phase ?? 0) ?? unknown
}

export function phaseOfName(name: string): PhaseInfo | undefined {
  return phases.find((phase) => phase.name === name)
}

export function isTerminal(phase: ActionPhase | undefined): boolean {
  return phaseInfo(phase).isTerminal
}
