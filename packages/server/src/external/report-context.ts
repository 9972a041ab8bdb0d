import { fromBinary } from '@bufbuild/protobuf'
import type { Clock } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { TaskSpecSchema } from '@tern/idl/task'
import { type ActionEvent, ActionType } from '@tern/idl/workflow'
import { type ActionEvents, toEvent } from '../events/action-events.ts'
import type { ActionsRepository } from '../store/actions-repository.ts'
import type { ReportedAction } from '../store/external-actions-repository.ts'
import type { ReportContext } from './event-reports.ts'

export interface ReportContextParts {
  readonly actions: ActionsRepository
  readonly events: ActionEvents
  readonly clock: Clock
}

/** What decides what events of an action come to, which are stored already. */
export async function contextOf(
  parts: ReportContextParts,
  action: ReportedAction,
  events: ReadonlyArray<ActionEvent>,
): Promise<ReportContext> {
  const mayRetry = action.actionType === ActionType.TASK && events.some(({ phase }) => isFailure(phase))
  return {
    attempt: action.attempt,
    retries: mayRetry ? await retriesOf(parts.actions, action.specDigest) : 0,
    isPaused: events.some(isPause) && (await endsPaused(parts.events, action)),
    now: parts.clock.now(),
  }
}

/** How many attempts the task allows beyond the first. */
async function retriesOf(actions: ActionsRepository, specDigest: string): Promise<number> {
  const bytes = await actions.findSpec(specDigest)
  return bytes === undefined ? 0 : (fromBinary(TaskSpecSchema, bytes).taskTemplate?.metadata?.retries?.retries ?? 0)
}

function isFailure(phase: ActionPhase): boolean {
  return phase === ActionPhase.FAILED || phase === ActionPhase.TIMED_OUT
}

function isPause({ phase }: Pick<ActionEvent, 'phase'>): boolean {
  return phase === ActionPhase.PAUSED
}

async function endsPaused({ repository }: ActionEvents, action: ReportedAction): Promise<boolean> {
  const [newest] = await repository.newestBefore(action, undefined, 1)
  return newest !== undefined && isPause(toEvent(newest))
}
