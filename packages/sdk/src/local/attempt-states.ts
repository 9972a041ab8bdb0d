import { isTerminalPhase, phaseName, type TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { RunError } from '../authoring/run-handle.ts'
import type { LocalAttempt } from './local-attempt.ts'
import type { LocalAttemptState } from './local-state.ts'
import type { ShownAction } from './shown-action.ts'

/** An attempt that is over. */
export interface PastAttempt {
  readonly code: LocalAttempt | null
  readonly timeline: string
  readonly failure: TaskFailure | null
  readonly phase: ActionPhase
}

/** The attempts of an action, the current one last. */
export function attemptStates(action: ShownAction): LocalAttemptState[] {
  const { past, state, current } = action
  if (action.kind !== 'task') return []
  const live: PastAttempt[] =
    state.endedAt === null ? [{ code: current, timeline: state.timeline, failure: null, phase: state.phase }] : []
  return [...past, ...live].map((attempt, index) => toState(action, attempt, index + 1))
}

/** Why something did not succeed; undefined when nothing is wrong. */
export function toRunError(failure: TaskFailure | null, abortReason: string | null): RunError | undefined {
  if (abortReason !== null) {
    return { code: 'ActionAbortedError', message: abortReason, kind: 'user', stack: undefined }
  }
  if (failure === null) return undefined
  const { code, message, kind, stack } = failure
  return { code, message, kind, stack }
}

function toState(action: ShownAction, past: PastAttempt, attempt: number): LocalAttemptState {
  const { code, timeline, failure, phase } = past
  const { abortReason } = action.state
  const transitions = timeline.split(',').map((text) => text.split(':').map(Number) as [ActionPhase, number])
  const startedAt = transitions.find(([entered]) => entered === ActionPhase.RUNNING)?.[1]
  const last = transitions.at(-1)
  const isOver = last !== undefined && isTerminalPhase(last[0])
  return {
    attempt,
    phase: phaseName(phase),
    startedAt: startedAt === undefined ? undefined : new Date(startedAt),
    endedAt: isOver ? new Date(last[1]) : undefined,
    error: toRunError(failure, phase === ActionPhase.ABORTED ? abortReason : null),
    logs: code?.logs ?? [],
    links: linksOf(action, attempt),
    reportPath: code?.reportPath,
  }
}

function linksOf(action: ShownAction, attempt: number): LocalAttemptState['links'] {
  if (action.subject.kind !== 'task') return []
  const { definition } = action.subject
  if (definition.options.links.length === 0) return []
  const { org, project, domain, name } = action.engine.id
  const values: Readonly<Record<string, string>> = {
    org,
    project,
    domain,
    runname: name,
    actionname: action.name,
    taskname: definition.name,
    attempt: String(attempt),
  }
  return definition.options.links.map(({ name: link, uri }) => ({
    name: link,
    uri: uri.replace(/\{\{\s*[.$](\w+)\s*\}\}/g, (placeholder, key: string) => {
      const value = values[key.toLowerCase()]
      return value === undefined ? placeholder : encodeURIComponent(value)
    }),
  }))
}
