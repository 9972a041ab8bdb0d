import { cx } from '../../../design/cx.ts'
import type { FieldKind, FormField } from './form-fields.ts'

const placeholders: Readonly<Partial<Record<FieldKind, string>>> = {
  integer: 'a whole number',
  number: 'a number',
  time: '2026-01-31T09:00:00Z',
  duration: '1h30m',
  address: 'where it lies, such as s3://bucket/file',
  json: 'JSON',
}

const boxClass =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-sm text-text aria-invalid:border-bad'

/** A field of a launch form with its name, its type, what it is for, and what is wrong with it. */
export function FieldInput({
  field,
  type,
  text,
  problem,
  onChange,
}: {
  readonly field: FormField
  readonly type: string
  readonly text: string
  readonly problem: string | undefined
  readonly onChange: (text: string) => void
}) {
  const { name, description, isRequired } = field
  const id = `launch-${name}`
  const notes = [description && `${id}-about`, problem && `${id}-problem`].filter(Boolean).join(' ')
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="flex items-baseline justify-between gap-3 text-xs">
        <span className="font-mono font-medium">{name}</span>
        <span className="text-2xs text-muted">
          {type}
          {!isRequired && ', optional'}
        </span>
      </label>
      <Box
        id={id}
        field={field}
        text={text}
        onChange={onChange}
        isInvalid={problem !== undefined}
        describedBy={notes || undefined}
      />
      {description && (
        <p id={`${id}-about`} className="text-xs text-muted">
          {description}
        </p>
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} className="text-xs break-words text-bad">
          {problem}
        </p>
      )}
    </div>
  )
}

function Box({
  id,
  field: { kind, choices, initial, isRequired },
  text,
  onChange,
  isInvalid,
  describedBy,
}: {
  readonly id: string
  readonly field: FormField
  readonly text: string
  readonly onChange: (text: string) => void
  readonly isInvalid: boolean
  readonly describedBy: string | undefined
}) {
  const shared = {
    id,
    value: text,
    'aria-invalid': isInvalid,
    'aria-required': isRequired,
    ...(describedBy !== undefined && { 'aria-describedby': describedBy }),
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  }
  const placeholder = placeholders[kind]
  if (kind === 'choice' || kind === 'boolean') {
    const options = kind === 'choice' ? choices : ['true', 'false']
    return (
      <select {...shared} className={cx(boxClass, 'h-8')}>
        {(initial === '' || !isRequired) && <option value="">–</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    )
  }
  if (kind === 'json' || kind === 'text') {
    const lines = text.split('\n').length
    return (
      <textarea
        {...shared}
        rows={Math.min(12, Math.max(kind === 'json' ? 3 : 1, lines))}
        placeholder={placeholder}
        spellCheck={kind === 'text'}
        className={cx(boxClass, 'py-1.5', kind === 'json' && 'font-mono text-xs')}
      />
    )
  }
  return (
    <input
      {...shared}
      placeholder={placeholder}
      inputMode={kind === 'integer' || kind === 'number' ? 'decimal' : undefined}
      spellCheck={false}
      className={cx(boxClass, 'h-8')}
    />
  )
}
