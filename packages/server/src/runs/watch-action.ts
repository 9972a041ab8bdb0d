import { isTerminalPhase } from '@tern/core'
import type { ClusterEvent } from '@tern/idl/workflow'
import type { ChangeFeed } from '../engine/model.ts'
import type { ActionRow, ActionsRepository, EndedAttemptRow } from '../store/actions-repository.ts'
import { type AttemptDetails, readAttemptDetails } from '../events/attempt-details.ts'
import { readAllWaits } from '../events/waits.ts'
import type { EventsRepository } from '../store/events-repository.ts'
import type { LogsRepository } from '../store/logs-repository.ts'
import { ChangeQueue } from './change-queue.ts'

/** An action with what its details are made of. */
export interface ActionState {
  readonly action: ActionRow
  readonly endedAttempts: ReadonlyArray<EndedAttemptRow>
  /** Serialized TaskSpec, TraceSpec or ConditionAction. */
  readonly spec: Uint8Array
  /** What executors reported of attempts beside that, by the attempt's number. */
  readonly reported: ReadonlyMap<number, AttemptDetails>
  /** What attempts waited for, by the attempt's number. */
  readonly waits: ReadonlyMap<number, ReadonlyArray<ClusterEvent>>
}

export interface WatchActionOptions extends ActionParts {
  /** Changes of actions, and of their events. */
  readonly feed: ChangeFeed
  readonly runId: number
  readonly seq: number
  readonly signal: AbortSignal
}

export interface ActionParts {
  readonly actions: ActionsRepository
  readonly events: EventsRepository
  readonly logs: LogsRepository
}

/** Reads what an action's details are made of. Undefined when there is no such action. */
export async function readAction(
  { actions, events, logs }: ActionParts,
  runId: number,
  seq: number,
): Promise<ActionState | undefined> {
  const action = await actions.findBySeq(runId, seq)
  if (action === undefined) return undefined
  const [endedAttempts, spec, reported] = await Promise.all([
    action.attempt > 1 ? actions.endedAttempts(runId, seq) : [],
    actions.findSpec(action.specDigest),
    readAttemptDetails(events, runId, seq),
  ])
  const waits = await readAllWaits(logs, { runId, seq }, [...endedAttempts, action])
  return { action, endedAttempts, spec: spec ?? new Uint8Array(), reported, waits }
}

/** An action now and after each change, up to its end. */
export async function* watchAction(options: WatchActionOptions): AsyncIterable<ActionState> {
  const { feed, runId, seq, signal } = options
  const keyOf = (change: { seq: number; kind: string }) =>
    change.seq === seq && change.kind === 'action' ? seq : undefined
  const changes = new ChangeQueue({ feed, runId, keyOf, signal })
  try {
    for (;;) {
      const state = await readAction(options, runId, seq)
      if (state === undefined) return
      yield state
      if (isTerminalPhase(state.action.phase) || (await changes.next()).kind === 'closed') return
    }
  } finally {
    changes.close()
  }
}
