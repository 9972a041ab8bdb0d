import { create } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { useQueries } from '@tanstack/react-query'
import { NodeExpansionParamsSchema, RunService, type WatchWindowedActionsResponse } from '@tern/idl/workflow'
import { transport } from '../../api/transport.ts'
import type { Scope } from '../../app/scope.ts'
import { isAllOver, type RunRow, toRow } from '../../model/run-rows.ts'

const client = createClient(RunService, transport)

/** Rows below one row that are compared: of more, the first ones are. */
const mostChildren = 500
const refreshMs = 4_000

/** A row of a run, and what is right below it. */
export interface Family {
  readonly row: RunRow
  readonly children: ReadonlyArray<RunRow>
  /** There are more than these. */
  readonly hasMore: boolean
}

export interface Place {
  readonly run: string
  readonly id: string
}

export interface Families {
  readonly get: (place: Place) => Family | undefined
  readonly error: unknown
}

/** What is below some rows of runs. Each is a window of the run's tree: no run is ever loaded whole. */
export function useChildren(scope: Scope, places: ReadonlyArray<Place>): Families {
  const queries = useQueries({
    queries: places.map(({ run, id }) => ({
      queryKey: ['children', scope.project, scope.domain, run, id],
      queryFn: ({ signal }: { signal: AbortSignal }) => readFamily(scope, { run, id }, signal),
      staleTime: refreshMs,
      refetchInterval: ({ state }: { state: { data?: Family | null | undefined } }) =>
        state.data && isAllOver(state.data.row) ? (false as const) : refreshMs,
    })),
  })
  const byKey = new Map(places.map((place, index) => [keyOf(place), queries[index]?.data ?? undefined]))
  return {
    get: (place) => byKey.get(keyOf(place)),
    error: queries.find(({ error, data }) => error !== null && data === undefined)?.error ?? null,
  }
}

function keyOf({ run, id }: Place): string {
  return `${run} ${id}`
}

/** Null for a row that is not there. */
async function readFamily({ project, domain }: Scope, { run, id }: Place, signal: AbortSignal): Promise<Family | null> {
  const ended = new AbortController()
  const answers = client.watchWindow(
    {
      subscribe: {
        runId: { org: '', project, domain, name: run },
        selectedItemId: id,
        overscanBefore: 0,
        overscanAfter: mostChildren,
        expandedNodes: { [id]: create(NodeExpansionParamsSchema) },
      },
    },
    { signal: AbortSignal.any([signal, ended.signal]) },
  )
  try {
    let last: WatchWindowedActionsResponse | undefined
    for await (const message of answers) {
      last = message
      if (message.hydrationComplete) break
    }
    return last === undefined ? null : toFamily(last, id)
  } finally {
    ended.abort()
  }
}

function toFamily(
  { windowItems, totalFlatCount, selectedFlatIndex }: WatchWindowedActionsResponse,
  id: string,
): Family | null {
  const rows = windowItems.flatMap((item) => toRow(item) ?? [])
  const at = rows.findIndex((row) => row.id === id)
  const row = rows[at]
  if (row === undefined) return null
  const below = rows.slice(at + 1)
  const end = below.findIndex(({ depth }) => depth <= row.depth)
  const children = (end < 0 ? below : below.slice(0, end)).filter(({ depth }) => depth === row.depth + 1)
  const isCut = end < 0 && Number(selectedFlatIndex) + below.length + 1 < Number(totalFlatCount)
  return { row, children, hasMore: isCut }
}
