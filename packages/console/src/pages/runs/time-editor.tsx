import { useState } from 'react'
import { Button } from '../../design/button.tsx'
import { cx } from '../../design/cx.ts'
import { fromLocalMoment, localZone, toLocalMoment } from '../../model/local-moment.ts'
import type { SetFilters } from './filter-bar.tsx'
import { ages, type RunFilters } from './run-filters.ts'

/** When runs are to have started: since a while ago, or between two times. */
export function TimeEditor({
  filters: { since, from, to },
  set,
  onDone,
}: {
  readonly filters: RunFilters
  readonly set: SetFilters
  readonly onDone: () => void
}) {
  const [start, setStart] = useState(toLocalMoment(from))
  const [end, setEnd] = useState(toLocalMoment(to))
  const isBackwards = start !== '' && end !== '' && start > end
  return (
    <div className="flex flex-col gap-2">
      <ul>
        {ages.map(({ name, label }) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={since === name}
              onClick={() => {
                set({ since: name, from: undefined, to: undefined })
                onDone()
              }}
              className={cx(
                'w-full rounded-md px-2 py-1.5 text-left text-xs hover:bg-hover',
                since === name && 'bg-selected font-medium',
              )}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <form
        className="flex flex-col gap-1.5 border-t border-line px-1 pt-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (isBackwards) return
          set({ since: undefined, from: fromLocalMoment(start), to: fromLocalMoment(end) })
          onDone()
        }}
      >
        <Moment label="From" text={start} onChange={setStart} />
        <Moment label="To" text={end} onChange={setEnd} />
        {isBackwards && (
          <p role="alert" className="text-2xs text-bad">
            The end is before the beginning.
          </p>
        )}
        <div className="flex items-center justify-between gap-2">
          <span className="text-2xs text-muted">in {localZone()}</span>
          <Button type="submit" size="small" disabled={isBackwards}>
            Set
          </Button>
        </div>
      </form>
    </div>
  )
}

function Moment({ label, text, onChange }: { label: string; text: string; onChange: (text: string) => void }) {
  return (
    <label className="flex items-center justify-between gap-2 text-2xs text-muted">
      {label}
      <input
        type="datetime-local"
        value={text}
        onChange={(event) => onChange(event.target.value)}
        className="h-7.5 w-52 rounded-md border border-line-strong bg-surface px-2 text-xs text-text"
      />
    </label>
  )
}
