import { create } from '@bufbuild/protobuf'
import { NodeExpansionParamsSchema, RunService } from '@tern/idl/workflow'
import type { ActionPhase } from '@tern/idl/common'
import { createClient } from '@connectrpc/connect'
import { useMemo, useRef, useState } from 'react'
import { transport } from '../../../api/transport.ts'
import { useFollow } from '../../../api/use-follow.ts'
import type { Scope } from '../../../app/scope.ts'
import { isUnimplemented } from '../../../api/unimplemented.ts'
import { isAllOver, type RunRow } from '../../../model/run-rows.ts'
import { overscan, type RunWindow, toWindow } from './run-window.ts'

const client = createClient(RunService, transport)

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

/** Whether the server has no windows, which it says once. */
let lacksWindows = false

/** The rows of a run around the place where somebody looks, as they change. The page never holds the whole run. */
export function useRunRows({ project, domain }: Scope, run: string, query: RowsQuery): RunRows {
  const view = JSON.stringify([[...query.expanded].toSorted(), query.phases, query.name, query.reveal])
  const [place, setPlace] = useState<{ view: string; anchor: number | undefined }>({ view, anchor: undefined })
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
  const shown = { expanded: query.expanded, phases: query.phases, name: query.name }
  const runId = { project, domain, name: run }
  const { value, error, isStale } = useFollow<RunWindow, RunWindow>({
    key,
    keepsPrevious: true,
    async *open(signal) {
      if (!lacksWindows) {
        try {
          const asked = { subscribe, ...(anchor !== undefined && { anchorFlatIndex: BigInt(anchor) }) }
          for await (const message of client.watchWindow(asked, { signal })) yield toWindow(message, anchor)
          return
        } catch (problem) {
          if (!isUnimplemented(problem)) throw problem
          lacksWindows = true
        }
      }
      const { ownWindows } = await import('./own-windows.ts')
      yield* ownWindows({ runId, view: shown, reveal: query.reveal, anchor, signal })
    },
    take: (_before, window) => window,
    isOver: ({ isComplete, root }) => isComplete && isAllOver(root),
  })
  const rows = useRemembered(value, view)
  return {
    rows,
    total: value?.total ?? 0,
    root: value?.root,
    revealedIndex: value?.revealedIndex ?? -1,
    isComplete: value?.isComplete ?? false,
    notices: value?.notices ?? [],
    error,
    isLoading: value === undefined || (isStale && place.view !== view),
    look(first, last) {
      if (value === undefined) return
      const { total } = value
      const isNear = (first >= value.start + 20 || value.start === 0) && (last <= value.end - 20 || value.end >= total)
      const middle = Math.round((first + last) / 2)
      if (isNear || (anchor !== undefined && Math.abs(middle - anchor) < 20)) return
      setPlace({ view, anchor: middle })
    },
  }
}

/** Adds the rows of earlier windows of the same view, as far as they are not too many. */
function useRemembered(window: RunWindow | undefined, view: string): ReadonlyMap<number, RunRow> {
  const memory = useRef({ view: '', total: -1, rows: new Map<number, RunRow>() })
  return useMemo(() => {
    if (window === undefined) return memory.current.rows
    const { total } = window
    const isSame = memory.current.view === view && memory.current.total === total
    const merged = new Map(isSame && memory.current.rows.size < remembered ? memory.current.rows : [])
    for (const [index, row] of window.rows) merged.set(index, row)
    memory.current = { view, total, rows: merged }
    return merged
  }, [window, view])
}
