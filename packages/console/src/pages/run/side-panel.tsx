import { Suspense, useEffect, useState } from 'react'
import { lazyPart } from '../../api/lazy-part.ts'
import { cx } from '../../design/cx.ts'
import { useKeys } from '../../design/keys.ts'
import { Skeleton } from '../../design/states.tsx'
import type { RunRow } from '../../model/run-rows.ts'
import { GroupPanel } from './detail/group-panel.tsx'
import { useRunParams, useRunSearch } from './run-search.ts'
import { PanelEdge, usePanelWidth } from '../../design/panel-edge.tsx'

const ActionPanel = lazyPart(() => import('./detail/action-panel.tsx'), 'ActionPanel')

const settleMs = 80

/** What is beside the tree: everything about the row that is selected. */
export function SidePanel({
  id,
  isChosen,
  row,
  isComplete,
  onReveal,
}: {
  readonly id: string
  /** Whether somebody chose it; otherwise it is there only where there is room. */
  readonly isChosen: boolean
  readonly row: RunRow | undefined
  /** Whether all rows of the run are known. */
  readonly isComplete: boolean
  /** Selects another row, and shows where it is. */
  readonly onReveal: (id: string) => void
}) {
  const { project, domain, run } = useRunParams()
  const { set } = useRunSearch()
  const [width, setWidth] = usePanelWidth()
  const shown = useSettled(id)
  const close = () => set({ a: 'none', tab: undefined, attempt: undefined, line: undefined, find: undefined }, isChosen)
  useKeys({ Escape: close })
  return (
    <>
      <PanelEdge width={width} onChange={setWidth} />
      <aside
        aria-label="Selected"
        className={cx(
          'w-full min-w-0 shrink-0 flex-col bg-surface md:flex md:w-(--panel)',
          isChosen ? 'flex' : 'hidden',
        )}
        style={{ '--panel': `${width}%` } as Record<string, string>}
      >
        {shown.includes('/') ? (
          <GroupPanel row={row} isComplete={isComplete} id={shown} onReveal={onReveal} onClose={close} />
        ) : (
          <Suspense fallback={<Skeleton lines={6} />}>
            <ActionPanel
              key={shown}
              scope={{ project, domain }}
              run={run}
              id={shown}
              label={row?.id === shown ? row.label : undefined}
              onClose={close}
            />
          </Suspense>
        )}
      </aside>
    </>
  )
}

/** The row that somebody stays at, and not each that they pass. */
function useSettled(id: string): string {
  const [settled, setSettled] = useState(id)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(id), settleMs)
    return () => clearTimeout(timer)
  }, [id])
  return settled
}
