import { type KeyboardEvent, type PointerEvent, useState } from 'react'

const key = 'tern.panel'
const [narrowest, widest, usual] = [25, 75, 46]

/** How wide the panel is, in percent of what it shares with the tree; kept for the next page. */
export function usePanelWidth() {
  const [width, setWidth] = useState(() => clamp(Number(localStorage.getItem(key) ?? usual)))
  const change = (next: number) => {
    setWidth(clamp(next))
    localStorage.setItem(key, String(clamp(next)))
  }
  return [width, change] as const
}

function clamp(width: number): number {
  return Number.isFinite(width) ? Math.round(Math.max(narrowest, Math.min(widest, width))) : usual
}

/** The line between the tree and the panel, which can be moved. */
export function PanelEdge({ width, onChange }: { width: number; onChange: (width: number) => void }) {
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const around = event.currentTarget.parentElement?.getBoundingClientRect()
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || around === undefined) return
    onChange(((around.right - event.clientX) / around.width) * 100)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? 2 : event.key === 'ArrowRight' ? -2 : 0
    if (step === 0) return
    event.preventDefault()
    onChange(width + step)
  }
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuenow={width}
      aria-valuemin={narrowest}
      aria-valuemax={widest}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onChange(usual)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      className="relative z-10 -mr-px hidden w-px shrink-0 cursor-col-resize touch-none bg-line after:absolute after:inset-y-0 after:-left-1 after:w-2 hover:bg-accent focus-visible:bg-accent md:block"
    />
  )
}
