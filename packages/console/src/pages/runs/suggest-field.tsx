import { useDeferredValue, useState } from 'react'
import { Button } from '../../design/button.tsx'

const shown = 8

export interface Suggestion {
  readonly value: string
  /** Defaults to the value. */
  readonly label?: string | undefined
}

/** Text with suggestions below it. Enter takes what is typed, a click what is suggested. */
export function SuggestField({
  label,
  value,
  useSuggestions,
  isExact = false,
  onDone,
}: {
  readonly label: string
  readonly value: string
  /** A hook that finds what fits the text. */
  readonly useSuggestions: (text: string) => ReadonlyArray<Suggestion>
  readonly isExact?: boolean
  readonly onDone: (text: string) => void
}) {
  const [text, setText] = useState(value)
  const wanted = useDeferredValue(text.trim())
  const suggestions = useSuggestions(wanted).filter(({ value: each }) => isExact || each !== text)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onDone(text.trim())
      }}
      className="flex flex-col gap-1"
    >
      <label className="flex flex-col gap-1 px-1 text-2xs text-muted">
        {label}
        <span className="flex gap-1">
          <input
            value={text}
            onChange={(event) => setText(event.target.value)}
            spellCheck={false}
            className="h-7.5 min-w-0 grow rounded-md border border-line-strong bg-surface px-2 text-xs text-text"
          />
          <Button type="submit" size="small" className="h-7.5">
            Set
          </Button>
        </span>
      </label>
      <ul>
        {suggestions.slice(0, shown).map(({ value: each, label: name = each }) => (
          <li key={each}>
            <button
              type="button"
              onClick={() => onDone(each)}
              className="w-full truncate rounded-md px-2 py-1.5 text-left text-xs hover:bg-hover"
            >
              {name}
            </button>
          </li>
        ))}
      </ul>
    </form>
  )
}
