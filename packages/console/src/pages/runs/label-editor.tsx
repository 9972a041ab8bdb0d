import { X } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../design/button.tsx'

/** The labels that a run is to have. */
export function LabelEditor({
  labels,
  onChange,
}: {
  readonly labels: ReadonlyArray<string>
  /** @param change of those that are set by then */
  readonly onChange: (change: (labels: ReadonlyArray<string>) => ReadonlyArray<string>) => void
}) {
  const [text, setText] = useState('')
  const added = text.replaceAll(',', ' ').trim()
  const isWrong = added.startsWith('=')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (added === '' || isWrong) return
        onChange((before) => [...before.filter((each) => each !== added), added])
        setText('')
      }}
      className="flex flex-col gap-1.5 px-1"
    >
      {labels.map((label) => (
        <span key={label} className="flex items-center justify-between gap-2 rounded-md bg-sunken pl-2 text-xs">
          <span className="truncate font-mono">{label}</span>
          <IconButton
            label={`Remove ${label}`}
            icon={<X size={12} />}
            size="small"
            onClick={() => onChange((before) => before.filter((each) => each !== label))}
          />
        </span>
      ))}
      <label className="flex flex-col gap-1 text-2xs text-muted">
        Label, or label=value
        <span className="flex gap-1">
          <input
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder="team=growth"
            spellCheck={false}
            aria-invalid={isWrong}
            className="h-7.5 min-w-0 grow rounded-md border border-line-strong bg-surface px-2 font-mono text-xs text-text"
          />
          <Button type="submit" size="small" className="h-7.5" disabled={added === '' || isWrong}>
            Add
          </Button>
        </span>
      </label>
      <p className="text-2xs text-muted">Runs that have all of them are shown.</p>
    </form>
  )
}
