import { CircleCheck, TriangleAlert, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { toProblem } from '../api/problem.ts'
import { IconButton } from './button.tsx'
import { cx } from './cx.ts'

interface Toast {
  readonly id: number
  readonly text: string
  readonly isBad: boolean
}

const shownMs = 5_000
let toasts: ReadonlyArray<Toast> = []
let lastId = 0
const listeners = new Set<() => void>()

function change(next: ReadonlyArray<Toast>): void {
  toasts = next
  for (const listener of listeners) listener()
}

function add(text: string, isBad: boolean): void {
  const toast = { id: ++lastId, text, isBad }
  change([...toasts.slice(-2), toast])
  // What went wrong stays until somebody has read it.
  if (!isBad) setTimeout(() => dismiss(toast.id), shownMs)
}

function dismiss(id: number): void {
  change(toasts.filter((toast) => toast.id !== id))
}

/** Says in passing that something was done. */
export function tell(text: string): void {
  add(text, false)
}

/** Says what went wrong with something that was asked for. */
export function tellProblem(error: unknown): void {
  add(toProblem(error).message, true)
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-center gap-2 sm:left-auto sm:items-end"
    >
      {shown.map(({ id, text, isBad }) => (
        <div
          key={id}
          className="pointer-events-auto flex max-w-md items-center gap-2 rounded-lg border border-line bg-raised py-1.5 pr-1.5 pl-3 text-sm shadow-float"
        >
          {isBad ? (
            <TriangleAlert size={15} className="shrink-0 text-bad" aria-hidden />
          ) : (
            <CircleCheck size={15} className="shrink-0 text-good" aria-hidden />
          )}
          <span className={cx('min-w-0 break-words', isBad && 'text-bad')}>{text}</span>
          <IconButton label="Dismiss" icon={<X size={14} />} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  )
}
