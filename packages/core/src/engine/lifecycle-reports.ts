import { ActionPhase } from '@tern/idl/common'
import { isTerminalPhase } from '../phases.ts'
import type { TaskFailure } from '../task-error.ts'
import { end, enter, type Lifecycle, move, type Transition, unchanged } from './lifecycle-state.ts'

/** What becomes of an action that something outside the server executes. */
export interface Report {
  /** From 1. A higher one than the current replaces it; a lower one is old news. */
  readonly attempt: number
  readonly phase: ActionPhase
  readonly at: number
  readonly failure: TaskFailure | null
  /** False when it is the attempt alone that ended: the action waits for another, or for the word that it is over. */
  readonly isFinal: boolean
}

/** What something outside says of the action, in whatever order that comes. */
export function report(state: Lifecycle, event: Report): Transition {
  const { attempt, phase, at, failure, isFinal } = event
  if (attempt < state.attempt) return unchanged(state)
  if (attempt > state.attempt) return reportNext(state, event)
  if (isTerminalPhase(phase)) {
    if (isFinal) return end(reopened(state), phase, at, failure ?? state.failure)
    return unchanged({ ...enter(reopened(state), phase, at), phase: state.phase, failure })
  }
  if (!isAhead(state.phase, phase)) return unchanged(state)
  // The attempt has ended, and stays so; the action goes on, as its status says that comes with the news or after it.
  if (isTerminalPhase(lastPhase(state.timeline)))
    return unchanged({ ...state, phase, updatedAt: Math.max(at, state.updatedAt) })
  return move(state, phase, at)
}

/** The attempt before the reported one is over, whatever was heard of it. */
function reportNext(state: Lifecycle, event: Report): Transition {
  const { attempt, timeline, failure } = state
  const lost = enter(state, ActionPhase.FAILED, event.at)
  const hasEnded = isTerminalPhase(lastPhase(timeline))
  const next: Lifecycle = {
    ...state,
    phase: ActionPhase.QUEUED,
    attempt: event.attempt,
    timeline: `${ActionPhase.QUEUED}:${lost.updatedAt}`,
    updatedAt: lost.updatedAt,
  }
  return {
    ...report(next, event),
    replaced: hasEnded
      ? { attempt, phase: lastPhase(timeline), timeline, failure }
      : { attempt, phase: ActionPhase.FAILED, timeline: lost.timeline, failure },
  }
}

/** Without the end of the attempt, if that has been reported: another report of it takes its place. */
function reopened(state: Lifecycle): Lifecycle {
  const { timeline } = state
  return isTerminalPhase(lastPhase(timeline))
    ? { ...state, timeline: timeline.slice(0, timeline.lastIndexOf(',')) }
    : state
}

/** PAUSED is left for any other phase; the others follow each other in the order of their numbers. */
function isAhead(from: ActionPhase, to: ActionPhase): boolean {
  if (from === ActionPhase.PAUSED) return to === ActionPhase.RUNNING
  return to === ActionPhase.PAUSED || to > from
}

function lastPhase(timeline: string): ActionPhase {
  return Number.parseInt(timeline.slice(timeline.lastIndexOf(',') + 1), 10) as ActionPhase
}
