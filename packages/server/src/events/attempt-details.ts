import type { OutputReferences } from '@tern/idl/task'
import { isTerminalPhase } from '@tern/core'
import type { LogContext, TaskLog } from '@tern/idl/core'
import type { ActionEvent, ClusterEvent } from '@tern/idl/workflow'
import type { EventsRepository } from '../store/events-repository.ts'
import { reportedAt, toEvent } from './action-events.ts'

/** What was reported of an attempt, and has no place in the action itself. */
export interface AttemptDetails {
  /** In the order they were reported; of very many, the latest. */
  readonly clusterEvents: ReadonlyArray<ClusterEvent>
  /** By name, the latest of each. */
  readonly logInfo: ReadonlyArray<TaskLog>
  /** The latest. */
  readonly logContext: LogContext | undefined
  readonly cluster: string
  readonly outputs: OutputReferences | undefined
}

const pageSize = 10_000
const maxClusterEvents = 1000

/** What was reported of each attempt of an action; of very many reports, the latest. */
export async function readAttemptDetails(
  repository: EventsRepository,
  runId: number,
  seq: number,
): Promise<ReadonlyMap<number, AttemptDetails>> {
  const newest = await repository.newest(runId, seq, pageSize)
  const byAttempt = Map.groupBy(newest.map(toEvent).reverse(), (event) => event.attempt)
  return new Map([...byAttempt].map(([attempt, events]) => [attempt, mergeEvents(events)]))
}

/** One picture out of the events of an attempt, which are given in the order they were stored. */
export function mergeEvents(stored: ReadonlyArray<ActionEvent>): AttemptDetails {
  const events = [...stored].sort((a, b) => (reportedAt(a) ?? 0) - (reportedAt(b) ?? 0))
  // What comes after the end, as from something that cleans up, does not say how the attempt went.
  const decisive = events.find(({ phase }) => isTerminalPhase(phase)) ?? events.at(-1)
  const logInfo = new Map(events.flatMap((event) => event.logInfo.map((log) => [log.name, log] as const)))
  const reportUri = events.findLast(({ outputs }) => (outputs?.reportUri ?? '') !== '')?.outputs?.reportUri
  const outputs = decisive?.outputs
  return {
    clusterEvents: events.flatMap((event) => event.clusterEvents).slice(-maxClusterEvents),
    logInfo: [...logInfo.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    logContext: events.findLast((event) => event.logContext !== undefined)?.logContext,
    cluster: decisive?.cluster ?? '',
    outputs: reportUri === undefined || outputs === undefined ? outputs : { ...outputs, reportUri },
  }
}
