import type { OutputReferences } from '@tern/idl/task'
import { isTerminalPhase } from '@tern/core'
import type { LogContext, TaskLog } from '@tern/idl/core'
import type { ActionEvent, ClusterEvent } from '@tern/idl/workflow'
import type { EventsRepository, PlacedEvent } from '../store/events-repository.ts'
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

const pageSize = 200
// Details are one message: what executors reported without end is read with WatchClusterEvents.
const maxEvents = 10_000
const maxBytes = 8 * 1024 * 1024
const maxClusterEvents = 1000

/** What was reported of each attempt of an action; of very many reports, the latest. */
export async function readAttemptDetails(
  repository: EventsRepository,
  runId: number,
  seq: number,
): Promise<ReadonlyMap<number, AttemptDetails>> {
  const newest = await readNewest(repository, runId, seq)
  const byAttempt = Map.groupBy(newest.map(toEvent).reverse(), (event) => event.attempt)
  return new Map([...byAttempt].map(([attempt, events]) => [attempt, mergeEvents(events)]))
}

async function readNewest(repository: EventsRepository, runId: number, seq: number): Promise<PlacedEvent[]> {
  const newest: PlacedEvent[] = []
  for (let bytes = 0; newest.length < maxEvents && bytes < maxBytes; ) {
    const page = await repository.newestBefore({ runId, seq }, newest.at(-1), pageSize)
    newest.push(...page)
    if (page.length < pageSize) break
    for (const { event } of page) bytes += event.length
  }
  return newest
}

/** One picture out of the events of an attempt, which are given in the order they were stored. */
function mergeEvents(stored: ReadonlyArray<ActionEvent>): AttemptDetails {
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
