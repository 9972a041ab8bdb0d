import type { ReactNode } from 'react'
import { ProblemLine } from './states.tsx'

/** A form of one optional line: why something is done. Enter does it. */
export function ReasonForm({
  label,
  reason,
  onChange,
  onSubmit,
  error,
  children,
}: {
  readonly label: string
  readonly reason: string
  readonly onChange: (reason: string) => void
  readonly onSubmit: () => void
  readonly error: unknown
  readonly children?: ReactNode
}) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
      className="flex flex-col gap-3"
    >
      {children}
      <label className="flex flex-col gap-1 text-xs text-muted">
        {label}
        <input
          value={reason}
          onChange={(event) => onChange(event.target.value)}
          placeholder="optional"
          className="h-8 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-text"
        />
      </label>
      <ProblemLine error={error} />
    </form>
  )
}
