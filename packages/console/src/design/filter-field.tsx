import { Search, X } from 'lucide-react'
import { useRef } from 'react'
import { IconButton } from './button.tsx'
import { useKeys } from './keys.ts'
import { useTypedText } from './use-typed-text.ts'

/** Text that narrows down what is shown; `/` leads there. Tells of it when the typing pauses, or goes on elsewhere. */
export function FilterField({
  value,
  onChange,
  label,
  placeholder,
}: {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly label: string
  readonly placeholder: string
}) {
  const { text, type, set, flush } = useTypedText(value, onChange)
  const input = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => input.current?.focus() })
  return (
    <label className="flex h-7.5 min-w-40 grow items-center gap-2 rounded-md border border-line bg-canvas px-2 focus-within:border-accent md:max-w-72">
      <Search size={13} className="text-faint" aria-hidden />
      <input
        ref={input}
        value={text}
        aria-label={label}
        placeholder={placeholder}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && (text === '' ? event.currentTarget.blur() : set(''))}
        onBlur={flush}
        className="w-full bg-transparent text-xs outline-none"
      />
      {text !== '' ? (
        <IconButton label="Clear the filter" icon={<X size={13} />} size="tiny" onClick={() => set('')} />
      ) : (
        <kbd className="font-sans text-2xs text-faint">/</kbd>
      )}
    </label>
  )
}
