import { create } from '@bufbuild/protobuf'
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  type ActionLeaf,
  ActionLeafSchema,
  type GroupNode,
  GroupNodeSchema,
  TruncationNotice_Reason,
  type TruncationNotice,
  TruncationNoticeSchema,
  type WatchWindowedActionsResponse,
  WatchWindowedActionsResponseSchema,
  type WindowedItem,
} from '@tern/idl/workflow'
import { isGroup, type Ref } from '../../runs/run-index.ts'
import type { WindowRow } from '../../runs/tree-window.ts'
import type { WatchedWindow } from '../../runs/watch-window.ts'
import { groupId } from '../../runs/window-request.ts'
import type { RunSummary } from '../../store/runs-repository.ts'
import { toAction } from './action-message.ts'

/** A window of a run's tree. */
export function toWindowMessage(org: string, run: RunSummary, watched: WatchedWindow): WatchWindowedActionsResponse {
  const { window, isHydrated, isResync } = watched
  const toItems = (rows: ReadonlyArray<WindowRow>) => rows.flatMap((row) => toItem(org, run, watched, row) ?? [])
  return create(WatchWindowedActionsResponseSchema, {
    windowItems: toItems(window.rows),
    ancestors: toItems(window.ancestors),
    totalFlatCount: BigInt(window.total),
    selectedFlatIndex: BigInt(window.selectedIndex),
    initialSnapshotComplete: isHydrated,
    hydrationComplete: isHydrated,
    truncations: toTruncations(watched),
    resyncHint: isResync,
  })
}

/** Undefined for an action that was taken back since it was laid out, which happens to those that were never stored. */
function toItem(org: string, run: RunSummary, watched: WatchedWindow, row: WindowRow): WindowedItem | undefined {
  const { depth, isExpanded, ref } = row
  const place = { $typeName: 'flyteidl2.workflow.WindowedItem', depth, isExpanded } as const
  if (isGroup(ref)) return { ...place, item: { case: 'group', value: toGroupNode(watched, ref) } }
  const action = watched.actions.get(ref)
  if (action === undefined) return undefined
  return {
    ...place,
    item: {
      case: 'action',
      value: {
        $typeName: 'flyteidl2.workflow.EnrichedAction',
        action: toAction(org, run, action),
        // What is in a window passes the filter, or leads to something that does.
        meetsFilter: true,
        childrenPhaseCounts: watched.index.countsBelow(ref),
      },
    },
  }
}

function toGroupNode(watched: WatchedWindow, ref: Ref): GroupNode {
  const { index, names, aggregations } = watched
  const group = index.groupOf(ref)
  const parentId = names.get(group.parent) ?? ''
  const toLeaves = (seqs: ReadonlyArray<number>) => seqs.map((seq) => toLeaf(watched, seq))
  const found = aggregations.get(ref)
  return create(GroupNodeSchema, {
    id: groupId(parentId, group.name),
    groupName: group.name,
    parentId,
    childPhaseCounts: index.countsBelow(ref),
    earliestStartTime: timestampFromMs(group.earliestStart),
    ...(group.latestEnd > 0 && { latestEndTime: timestampFromMs(group.latestEnd) }),
    totalChildren: group.members,
    meetsFilter: true,
    ...(found && {
      aggregations: {
        failed: toLeaves(found.failed),
        longestDuration: toLeaves(found.longestDuration),
        longestRunning: toLeaves(found.longestRunning),
      },
    }),
  })
}

function toLeaf({ index, names }: WatchedWindow, seq: number): ActionLeaf {
  const [createdAt, endedAt] = [index.createdAt(seq), index.endedAt(seq)]
  return create(ActionLeafSchema, {
    actionId: names.get(seq) ?? '',
    shortName: index.nameOf(seq),
    phase: index.phaseOf(seq),
    startTime: timestampFromMs(createdAt),
    ...(endedAt > 0 && { duration: durationFromMs(Math.max(0, endedAt - createdAt)) }),
  })
}

function toTruncations(watched: WatchedWindow): TruncationNotice[] {
  const { index, isHydrated, isCut, knownTotal, window } = watched
  const notices = window.cut.map(({ ref, shown, of }) =>
    toNotice(
      TruncationNotice_Reason.PARENT_CHILD_LIMIT,
      shown,
      of,
      `${nameOfRow(watched, ref)} shows ${shown} of ${of}`,
    ),
  )
  if (!isHydrated) {
    notices.push(toNotice(TruncationNotice_Reason.HYDRATING, index.size, knownTotal, 'the run is still being read'))
  }
  if (isCut) {
    const message = `the run has more actions than the ${index.size} that are shown`
    notices.push(toNotice(TruncationNotice_Reason.RUN_NODE_LIMIT, index.size, knownTotal, message))
  }
  return notices
}

function nameOfRow({ index, actions, names }: WatchedWindow, ref: Ref): string {
  if (isGroup(ref)) return groupId(names.get(index.groupOf(ref).parent) ?? '', index.groupOf(ref).name)
  return actions.get(ref)?.name ?? index.nameOf(ref)
}

function toNotice(reason: TruncationNotice_Reason, tracked: number, known: number, message: string): TruncationNotice {
  return create(TruncationNoticeSchema, {
    reason,
    message,
    trackedActionCount: BigInt(tracked),
    knownTotalActionCount: BigInt(known),
  })
}
