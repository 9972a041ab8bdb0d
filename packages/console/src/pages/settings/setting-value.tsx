import { isMap, type SettingValue } from '@tern/core/settings'

/** A value of a setting, whatever its kind. */
export function ValueOf({ value }: { value: SettingValue | undefined }) {
  if (value === undefined) return <span className="text-faint">not set</span>
  if (value === null) return <span className="text-muted italic">no value</span>
  if (!isMap(value)) return <span className="font-mono break-all">{String(value)}</span>
  const entries = Object.entries(value)
  if (entries.length === 0) return <span className="text-muted italic">no entries</span>
  return (
    <span className="flex min-w-0 flex-wrap gap-1">
      {entries.map(([key, text]) => (
        <span key={key} className="max-w-full truncate rounded bg-sunken px-1.5 py-px font-mono text-2xs">
          {key}={text}
        </span>
      ))}
    </span>
  )
}
