import { cx } from './cx.ts'

export interface Segment<Name extends string = string> {
  readonly name: Name
  readonly label: string
}

/** A few choices beside each other, of which one holds. */
export function Segments<Name extends string>({
  label,
  options,
  chosen,
  onChoose,
}: {
  readonly label: string
  readonly options: ReadonlyArray<Segment<Name>>
  readonly chosen: string
  readonly onChoose: (name: Name) => void
}) {
  return (
    <div role="group" aria-label={label} className="flex rounded-md border border-line bg-sunken p-px">
      {options.map((option) => (
        <button
          key={option.name}
          type="button"
          aria-pressed={option.name === chosen}
          onClick={() => onChoose(option.name)}
          className={cx(
            'h-6.5 rounded-[5px] px-2 text-xs whitespace-nowrap',
            option.name === chosen ? 'bg-surface font-medium shadow-xs' : 'text-muted hover:text-text',
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
