import { ActionPhase } from '@tern/idl/common'
import type {
  ActionLeaf,
  EnrichedAction,
  GroupNode,
  WatchWindowedActionsResponse,
  WindowedItem,
} from '@tern/idl/workflow'
import { type PhaseInfo, phaseInfo, phases } from './phases.ts'
import { durationMsOf, msOf } from './times.ts'

/** What kind of thing a row of a run's tree is. */
export type RowKind = 'task' | 'trace' | 'condition' | 'group'

export interface PhaseCount {
  readonly info: PhaseInfo
  readonly count: number
}

/** A row of a run's tree: an action, or a group of actions that one action called. */
export interface RunRow {
  /** The action's name; a group's is `parent/group`. */
  readonly id: string
  readonly kind: RowKind
  readonly label: string
  readonly depth: number
  readonly isExpanded: boolean
  readonly hasChildren: boolean
  /** Of a group, the one that matters most of its members. */
  readonly phase: ActionPhase
  /** What is below, by phase. */
  readonly counts: ReadonlyArray<PhaseCount>
  readonly total: number
  readonly startMs: number | undefined
  readonly endMs: number | undefined
  readonly attempts: number
  readonly isCached: boolean
  readonly environment: string
  /** Of a group, members that are worth a look. */
  readonly worthALook: { readonly failed: ReadonlyArray<Leaf>; readonly longest: ReadonlyArray<Leaf> } | undefined
}

/** An action that a group mentions. */
export interface Leaf {
  readonly id: string
  readonly label: string
  readonly phase: ActionPhase
  readonly startMs: number | undefined
  readonly durationMs: number | undefined
}

/** Of `CatalogCacheStatus`; the enum itself would bring its whole file along. */
const cacheHit = 2

export function toRow({ item, depth, isExpanded }: WindowedItem): RunRow | undefined {
  if (item.case === 'action') return actionRow(item.value, depth, isExpanded)
  if (item.case === 'group') return groupRow(item.value, depth, isExpanded)
  return undefined
}

/** The row of an action, with what is counted below it. */
export function actionRow({ action, childrenPhaseCounts }: EnrichedAction, depth: number, isExpanded: boolean): RunRow {
  const { metadata, status } = action ?? {}
  const counts = toCounts(childrenPhaseCounts)
  const id = action?.id?.name ?? ''
  return {
    id,
    kind: metadata?.spec.case ?? 'task',
    label: labelOf(metadata) || id,
    depth,
    isExpanded,
    hasChildren: counts.length > 0,
    phase: status?.phase ?? ActionPhase.UNSPECIFIED,
    counts,
    total: sum(counts),
    startMs: msOf(status?.startTime),
    endMs: msOf(status?.endTime),
    attempts: status?.attempts ?? 0,
    isCached: status?.cacheStatus === cacheHit,
    environment: metadata?.environmentName ?? '',
    worthALook: undefined,
  }
}

function labelOf(metadata: NonNullable<EnrichedAction['action']>['metadata']): string {
  switch (metadata?.spec.case) {
    case 'task':
      return metadata.spec.value.shortName || metadata.funtionName || (metadata.spec.value.id?.name ?? '')
    case 'trace':
    case 'condition':
      return metadata.spec.value.name
    default:
      return metadata?.funtionName ?? ''
  }
}

function groupRow(group: GroupNode, depth: number, isExpanded: boolean): RunRow {
  const counts = toCounts(group.childPhaseCounts)
  const isEnded = counts.every(({ info }) => info.isTerminal)
  return {
    id: group.id,
    kind: 'group',
    label: group.groupName,
    depth,
    isExpanded,
    hasChildren: group.totalChildren > 0,
    phase: counts[0]?.info.phase ?? ActionPhase.UNSPECIFIED,
    counts,
    total: group.totalChildren,
    startMs: msOf(group.earliestStartTime),
    endMs: isEnded ? msOf(group.latestEndTime) : undefined,
    attempts: 0,
    isCached: false,
    environment: '',
    worthALook: group.aggregations && {
      failed: group.aggregations.failed.map(toLeaf),
      longest: [...group.aggregations.longestRunning, ...group.aggregations.longestDuration].map(toLeaf),
    },
  }
}

function toLeaf({ actionId, shortName, phase, startTime, duration }: ActionLeaf): Leaf {
  return { id: actionId, label: shortName, phase, startMs: msOf(startTime), durationMs: durationMsOf(duration) }
}

/** In the order of `phases`, so that the first is the one that matters most. */
export function toCounts(counts: Readonly<Record<number, number>>): PhaseCount[] {
  const known = phases.map((info) => ({ info, count: counts[info.phase] ?? 0 }))
  return known.filter(({ count }) => count > 0)
}

function sum(counts: ReadonlyArray<PhaseCount>): number {
  return counts.reduce((total, { count }) => total + count, 0)
}

/** Whether a run has ended and everything in it, so that nothing of it changes any more. */
export function isAllOver(root: RunRow | undefined): boolean {
  return root !== undefined && phaseInfo(root.phase).isTerminal && root.counts.every(({ info }) => info.isTerminal)
}

/** Where the first row of a window stands in the list of all rows. */
export function windowStart(message: WatchWindowedActionsResponse, anchor: number | undefined, before: number): number {
  const wanted = anchor ?? Math.max(0, Number(message.selectedFlatIndex))
  const at = Math.max(0, Math.min(wanted, Number(message.totalFlatCount) - 1))
  return Math.max(0, at - before)
}
