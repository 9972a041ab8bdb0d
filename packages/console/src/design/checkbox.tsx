import { Check } from 'lucide-react'
import type { ChangeEvent } from 'react'

/** A box to tick, which is easy to hit. */
export function Checkbox({
  label,
  isChecked,
  onChange,
}: {
  readonly label: string
  readonly isChecked: boolean
  readonly onChange: (event: ChangeEvent<HTMLInputElement>) => void
}) {
  return (
    <span className="relative grid size-6 shrink-0 place-items-center">
      <input
        type="checkbox"
        aria-label={label}
        checked={isChecked}
        onChange={onChange}
        className="peer absolute inset-0 cursor-pointer opacity-0"
      />
      <span
        aria-hidden
        className="pointer-events-none grid size-4 place-items-center rounded border border-line-strong bg-surface text-transparent peer-checked:border-accent-strong peer-checked:bg-accent-strong peer-checked:text-on-accent peer-focus-visible:outline-2 peer-focus-visible:outline-offset-1 peer-focus-visible:outline-focus forced-colors:[&>svg]:hidden forced-colors:peer-checked:[&>svg]:block"
      >
        <Check size={11} strokeWidth={3.5} />
      </span>
    </span>
  )
}
