import { create } from '@bufbuild/protobuf'
import { NodeExpansionParamsSchema, RunService, type WatchWindowedActionsResponse } from '@tern/idl/workflow'
import type { ActionPhase } from '@tern/idl/common'
import { createClient } from '@connectrpc/connect'
import { useMemo, useRef, useState } from 'react'
import { transport } from '../../../api/transport.ts'
import { useFollow } from '../../../api/use-follow.ts'
import type { Scope } from '../../../app/scope.ts'
import { isAllOver, type RunRow, toRow, windowStart } from '../../../model/run-rows.ts'

const client = createClient(RunService, transport)

/** Rows before and after the middle of what is looked at. */
const overscan = 120
/** Rows that are remembered to be shown until those that are looked at have come. */
const remembered = 2_000

export interface RowsQuery {
  readonly expanded: ReadonlySet<string>
  /** None for all. */
  readonly phases: ReadonlyArray<ActionPhase>
  readonly name: string
  /** A row that is to be made visible, and looked at first. */
  readonly reveal: string
}

export interface RunRows {
  /** By their places. Those that are far from what is looked at are not there. */
  readonly rows: ReadonlyMap<number, RunRow>
  readonly total: number
  readonly root: RunRow | undefined
  /** The place of the row that was to be revealed; -1 when it is not visible. */
  readonly revealedIndex: number
  readonly isComplete: boolean
  /** What the server has to say about rows that it does not show. */
  readonly notices: ReadonlyArray<string>
  readonly error: unknown
  readonly isLoading: boolean
  /** Moves the window to where somebody looks. */
  look(first: number, last: number): void
}

interface Window {
  readonly message: WatchWindowedActionsResponse
  readonly rows: Map<number, RunRow>
  readonly start: number
  readonly end: number
  readonly root: RunRow | undefined
}

/** The rows of a run around the place where somebody looks, as they change. The page never holds the whole run. */
export function useRunRows({ project, domain }: Scope, run: string, query: RowsQuery): RunRows {
  const view = JSON.stringify([[...query.expanded].toSorted(), query.phases, query.name, query.reveal])
  const [place, setPlace] = useState<{ view: string; anchor: number | undefined }>({ view, anchor: undefined })
  const wanted = useRef(0)
  // Another view of the same place: what somebody unfolds stays where it is.
  const anchor = place.view === view || query.reveal === '' ? place.anchor : undefined
  const key = JSON.stringify([project, domain, run, view, anchor])
  const subscribe = {
    runId: { org: '', project, domain, name: run },
    selectedItemId: query.reveal,
    overscanBefore: overscan,
    overscanAfter: overscan,
    expandedNodes: Object.fromEntries([...query.expanded].map((id) => [id, create(NodeExpansionParamsSchema)])),
    phaseFilter: [...query.phases],
    nameFilter: query.name,
  }
  const { value, error, isStale } = useFollow<WatchWindowedActionsResponse, Window>({
    key,
    keepsPrevious: true,
    open: (signal) =>
      client.watchWindow({ subscribe, ...(anchor !== undefined && { anchorFlatIndex: BigInt(anchor) }) }, { signal }),
    take: (_before, message) => toWindow(message, anchor),
    isOver: ({ message, root }) => message.hydrationComplete && isAllOver(root),
  })
  const rows = useRemembered(value, view)
  return {
    rows,
    total: Number(value?.message.totalFlatCount ?? 0),
    root: value?.root,
    revealedIndex: Number(value?.message.selectedFlatIndex ?? -1),
    isComplete: value?.message.hydrationComplete ?? false,
    notices: value?.message.truncations.map(({ message }) => message) ?? [],
    error,
    isLoading: value === undefined || (isStale && place.view !== view),
    look(first, last) {
      if (value === undefined) return
      const total = Number(value.message.totalFlatCount)
      const isNear = (first >= value.start + 20 || value.start === 0) && (last <= value.end - 20 || value.end >= total)
      const middle = Math.round((first + last) / 2)
      if (isNear || Math.abs(middle - wanted.current) < 20) return
      wanted.current = middle
      setPlace({ view, anchor: middle })
    },
  }
}

function toWindow(message: WatchWindowedActionsResponse, anchor: number | undefined): Window {
  const start = windowStart(message, anchor, overscan)
  const rows = new Map<number, RunRow>()
  message.windowItems.forEach((item, index) => {
    const row = toRow(item)
    if (row !== undefined) rows.set(start + index, row)
  })
  const [top] = message.ancestors
  const root = top === undefined ? rows.get(start) : toRow(top)
  return { message, rows, start, end: start + message.windowItems.length, root: root?.id === 'a0' ? root : undefined }
}

/** Adds the rows of earlier windows of the same view, as far as they are not too many. */
function useRemembered(window: Window | undefined, view: string): ReadonlyMap<number, RunRow> {
  const memory = useRef({ view: '', total: -1, rows: new Map<number, RunRow>() })
  return useMemo(() => {
    if (window === undefined) return memory.current.rows
    const total = Number(window.message.totalFlatCount)
    const isSame = memory.current.view === view && memory.current.total === total
    const merged = new Map(isSame && memory.current.rows.size < remembered ? memory.current.rows : [])
    for (const [index, row] of window.rows) merged.set(index, row)
    memory.current = { view, total, rows: merged }
    return merged
  }, [window, view])
}
