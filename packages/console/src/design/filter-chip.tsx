import { ChevronDown, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { cx } from './cx.ts'
import { Popover } from './popover.tsx'

/** A filter: its name while it is not set, and what it is set to. It opens what it is set with. */
export function FilterChip({
  label,
  text,
  onClear,
  children,
}: {
  readonly label: string
  /** Empty when it is not set. */
  readonly text: string
  readonly onClear: () => void
  /** What it is set with; `close` when that is done. */
  readonly children: (close: () => void) => ReactNode
}) {
  const [isOpen, setOpen] = useState(false)
  const isSet = text !== ''
  return (
    <span
      className={cx(
        'inline-flex h-7 max-w-full items-center rounded-full border text-xs',
        isSet ? 'border-accent bg-selected' : 'border-line bg-surface text-muted hover:bg-hover hover:text-text',
      )}
    >
      <Popover
        label={`Filter by ${label.toLowerCase()}`}
        isOpen={isOpen}
        onOpenChange={setOpen}
        trigger={
          <button
            type="button"
            className={cx('flex h-full min-w-0 items-center gap-1 rounded-full pl-2.5', isSet ? 'pr-1' : 'pr-2')}
          >
            <span className={cx('shrink-0', isSet && 'text-muted')}>{isSet ? `${label}:` : label}</span>
            {isSet ? (
              <span className="max-w-64 truncate font-medium">{text}</span>
            ) : (
              <ChevronDown size={12} aria-hidden className="text-faint" />
            )}
          </button>
        }
      >
        {children(() => setOpen(false))}
      </Popover>
      {isSet && (
        <button
          type="button"
          aria-label={`Remove the filter ${label}`}
          title={`Remove the filter ${label}`}
          onClick={onClear}
          className="mr-0.5 grid size-6 place-items-center rounded-full text-muted hover:bg-hover hover:text-text"
        >
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  )
}
