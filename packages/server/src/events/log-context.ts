import { isTerminalPhase, NotFoundError } from '@tern/core'
import type { LogContext } from '@tern/idl/core'
import { parseTimeline } from '../runs/timeline.ts'
import type { ActionRow, ActionsRepository } from '../store/actions-repository.ts'
import type { EventsRepository } from '../store/events-repository.ts'
import { toEvent } from './action-events.ts'

export interface LogContextParts {
  readonly actions: ActionsRepository
  readonly events: EventsRepository
}

/** Where the logs of an attempt are. */
export interface AttemptLogContext {
  readonly logContext: LogContext
  readonly cluster: string
  /** UTC epoch milliseconds. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
}

/**
 * Where the logs of an attempt are, by the latest report that says so, and when it ran. Throws NotFoundError for an
 * attempt that there is not, and for one of which nobody reported it: this server keeps the logs of its own attempts.
 */
export async function findLogContext(
  { actions, events }: LogContextParts,
  action: ActionRow,
  attempt: number,
): Promise<AttemptLogContext> {
  const stored = await events.latestWithLogContext({ runId: action.runId, seq: action.seq, attempt })
  if (stored === undefined) {
    throw new NotFoundError(`attempt ${attempt} of action ${action.name} has no log context`, {
      hint: 'Whoever executes an action may report one. Logs that this server keeps are read with DataProxyService.TailLogs.',
    })
  }
  const { logContext, cluster } = toEvent({ event: stored })
  if (logContext === undefined) throw new TypeError('an event that is stored as having a log context has none')
  return { logContext, cluster, ...(await timesOf(actions, action, attempt)) }
}

async function timesOf(
  actions: ActionsRepository,
  action: ActionRow,
  attempt: number,
): Promise<Pick<AttemptLogContext, 'startedAt' | 'endedAt'>> {
  const ended = attempt < action.attempt ? await actions.endedAttempts(action.runId, action.seq) : []
  const row = attempt === action.attempt ? action : ended.find((other) => other.attempt === attempt)
  const spans = parseTimeline(row?.timeline ?? '', isTerminalPhase)
  const last = spans.at(-1)
  return {
    startedAt: spans[0]?.from,
    endedAt: last !== undefined && isTerminalPhase(last.phase) ? last.from : undefined,
  }
}
