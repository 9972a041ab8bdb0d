import type { WatchWindowedActionsResponse } from '@tern/idl/workflow'
import { type RunRow, toRow, windowStart } from '../../../model/run-rows.ts'

/** Rows before and after the middle of what is looked at. */
export const overscan = 120

/** The rows around the place where somebody looks. */
export interface RunWindow {
  /** By their places in the list of all rows. */
  readonly rows: ReadonlyMap<number, RunRow>
  readonly start: number
  readonly end: number
  readonly root: RunRow | undefined
  readonly total: number
  /** The place of the row that was to be revealed; -1 when it is not visible. */
  readonly revealedIndex: number
  readonly isComplete: boolean
  /** What is to be said about rows that are not shown. */
  readonly notices: ReadonlyArray<string>
}

/** @param anchor the place of the middle, unless it is that of the revealed row */
export function toWindow(message: WatchWindowedActionsResponse, anchor: number | undefined): RunWindow {
  const start = windowStart(message, anchor, overscan)
  const rows = new Map<number, RunRow>()
  message.windowItems.forEach((item, index) => {
    const row = toRow(item)
    if (row !== undefined) rows.set(start + index, row)
  })
  const [top] = message.ancestors
  const root = top === undefined ? rows.get(start) : toRow(top)
  return {
    rows,
    start,
    end: start + message.windowItems.length,
    root: root?.id === 'a0' ? root : undefined,
    total: Number(message.totalFlatCount),
    revealedIndex: Number(message.selectedFlatIndex),
    isComplete: message.hydrationComplete,
    notices: message.truncations.map(({ message: text }) => text),
  }
}
