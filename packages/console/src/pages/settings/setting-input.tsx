import type { SettingField, SettingKind } from '@tern/core/settings'
import { Plus, X } from 'lucide-react'
import { Button, IconButton } from '../../design/button.tsx'
import { cx } from '../../design/cx.ts'
import type { Entry, Filled } from './setting-form.ts'

const boxClass =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 font-mono text-xs text-text aria-invalid:border-bad'

const placeholders: Readonly<Partial<Record<SettingKind, string>>> = {
  quantity: '500m, 2, 512Mi',
  integer: 'a whole number',
}

/** A field that suits the kind of a setting, with what is wrong with what is in it. */
export function SettingInput({
  field: { name, kind },
  filled,
  problem,
  onChange,
}: {
  readonly field: SettingField
  readonly filled: Filled
  readonly problem: string | undefined
  readonly onChange: (filled: Filled) => void
}) {
  const shared = {
    'aria-label': name,
    'aria-invalid': problem !== undefined,
    ...(problem !== undefined && { 'aria-describedby': 'setting-problem' }),
  }
  const setText = (text: string) => onChange({ ...filled, text })
  return (
    <>
      {kind === 'map' && <Entries entries={filled.entries} onChange={(entries) => onChange({ ...filled, entries })} />}
      {kind === 'boolean' && (
        <select {...shared} value={filled.text} onChange={({ target }) => setText(target.value)} className={boxClass}>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      )}
      {kind !== 'map' && kind !== 'boolean' && (
        <input
          {...shared}
          autoFocus
          value={filled.text}
          placeholder={placeholders[kind]}
          inputMode={kind === 'integer' ? 'numeric' : undefined}
          spellCheck={false}
          onChange={({ target }) => setText(target.value)}
          className={boxClass}
        />
      )}
      {problem !== undefined && (
        <p id="setting-problem" role="alert" className="mt-1 text-xs break-words text-bad">
          {problem}
        </p>
      )}
    </>
  )
}

/** Names with values, which can be added and removed. */
export function Entries({
  entries,
  onChange,
}: {
  readonly entries: ReadonlyArray<Entry>
  readonly onChange: (entries: ReadonlyArray<Entry>) => void
}) {
  const shown = entries.length === 0 ? [{ key: '', value: '' }] : entries
  const set = (index: number, change: Partial<Entry>) =>
    onChange(shown.map((entry, at) => (at === index ? { ...entry, ...change } : entry)))
  return (
    <div className="flex flex-col gap-1.5">
      {shown.map(({ key, value }, index) => (
        <div key={index} className="flex items-center gap-1.5">
          <input
            aria-label={`Name ${index + 1}`}
            placeholder="name"
            value={key}
            spellCheck={false}
            onChange={({ target }) => set(index, { key: target.value })}
            className={cx(boxClass, 'basis-2/5')}
          />
          <input
            aria-label={`Value ${index + 1}`}
            placeholder="value"
            value={value}
            spellCheck={false}
            onChange={({ target }) => set(index, { value: target.value })}
            className={cx(boxClass, 'basis-3/5')}
          />
          <IconButton
            label={`Remove ${key || `entry ${index + 1}`}`}
            icon={<X size={14} />}
            onClick={() => onChange(shown.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button
        size="small"
        look="ghost"
        className="self-start"
        icon={<Plus size={13} aria-hidden />}
        onClick={() => onChange([...shown, { key: '', value: '' }])}
      >
        Add an entry
      </Button>
    </div>
  )
}
