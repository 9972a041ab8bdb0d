import { cx } from '../../../design/cx.ts'
import { boxClass, type FieldInputProps, kindNames } from './field-props.ts'
import type { FieldKind } from './form-fields.ts'
import { EntriesInput, ItemsInput, PartsInput, VariantInput } from './nested-inputs.tsx'
import { TimeInput } from './time-input.tsx'
import { UploadInput } from './upload-input.tsx'

const placeholders: Readonly<Partial<Record<FieldKind, string>>> = {
  integer: 'a whole number',
  number: 'a number',
  duration: '1h30m',
  file: 'or its address, such as s3://bucket/file',
  folder: 'or its address, such as s3://bucket/folder',
  table: 'or its address, such as s3://bucket/table.parquet',
  json: 'JSON',
}

const groups: ReadonlySet<FieldKind> = new Set(['structure', 'list', 'map', 'union'])

/** A field of a launch form with its name, its type, what it is for, and what is wrong with it. */
export function FieldInput(props: FieldInputProps) {
  const { field, path, label = field.name, type = kindNames[field.kind], draft, problems } = props
  // What is wrong with the value of a kind that was chosen is said beside the value.
  const isBelow = typeof draft === 'object' && draft.kind === 'variant'
  const problem = isBelow ? undefined : problems[path]
  const id = `launch-${path}`
  const notes = [field.description && `${id}-about`, problem && `${id}-problem`].filter(Boolean).join(' ')
  const head = (
    <>
      <span className="font-mono font-medium">{label}</span>
      <span className="text-2xs text-muted">
        {type}
        {!field.isRequired && ', optional'}
      </span>
    </>
  )
  const about = (
    <>
      {field.description && (
        <p id={`${id}-about`} className="text-xs text-muted">
          {field.description}
        </p>
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} className="text-xs break-words text-bad">
          {problem}
        </p>
      )}
    </>
  )
  const headClass = 'flex w-full items-baseline justify-between gap-3 text-xs'
  if (groups.has(field.kind)) {
    return (
      <fieldset className="flex min-w-0 flex-col gap-1.5" {...(notes !== '' && { 'aria-describedby': notes })}>
        <legend className={cx(headClass, 'mb-1')}>{head}</legend>
        <div
          className={cx(
            'flex min-w-0 flex-col gap-3 border-l-2 pl-3',
            problem === undefined ? 'border-line' : 'border-bad',
          )}
        >
          <Group {...props} draft={draft} />
        </div>
        {about}
      </fieldset>
    )
  }
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={headClass}>
        {head}
      </label>
      <Box {...props} id={id} isInvalid={problem !== undefined} describedBy={notes || undefined} />
      {about}
    </div>
  )
}

function Group(props: FieldInputProps) {
  const { kind } = props.field
  if (kind === 'structure') return <PartsInput {...props} Field={FieldInput} />
  if (kind === 'list') return <ItemsInput {...props} Field={FieldInput} />
  if (kind === 'map') return <EntriesInput {...props} Field={FieldInput} />
  return <VariantInput {...props} Field={FieldInput} />
}

interface BoxProps extends FieldInputProps {
  readonly id: string
  readonly isInvalid: boolean
  readonly describedBy: string | undefined
}

function Box(props: BoxProps) {
  const { id, field, path, draft, onChange, onBusy, isInvalid, describedBy } = props
  const { kind, isRequired, initial } = field
  const text = typeof draft === 'string' ? draft : ''
  const shared = {
    id,
    'aria-invalid': isInvalid,
    'aria-required': isRequired,
    ...(describedBy !== undefined && { 'aria-describedby': describedBy }),
  }
  const typed = {
    ...shared,
    value: text,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  }
  const placeholder = placeholders[kind]
  switch (kind) {
    case 'nothing':
      return (
        <output id={id} className="text-xs text-muted">
          nothing
        </output>
      )
    case 'choice':
    case 'boolean': {
      const options = kind === 'choice' ? field.choices : ['true', 'false']
      return (
        <select {...typed} className={cx(boxClass, 'h-8')}>
          {(initial === undefined || !isRequired || text === '') && <option value="">–</option>}
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )
    }
    case 'time':
      return <TimeInput shared={shared} value={text} onChange={onChange} />
    case 'file':
    case 'folder':
    case 'table': {
      const address = typeof draft === 'object' && draft.kind === 'address' ? draft : undefined
      const format = address?.format ?? field.format
      return (
        <div className="flex min-w-0 flex-col gap-1.5">
          <UploadInput
            kind={kind}
            label={path}
            onBusy={(isBusy) => onBusy(path, isBusy)}
            onUploaded={(uri, extension) =>
              onChange({ kind: 'address', uri, format: kind === 'table' ? extension || format : format })
            }
          />
          <input
            {...shared}
            value={address?.uri ?? ''}
            onChange={(event) => onChange({ kind: 'address', uri: event.target.value, format })}
            placeholder={placeholder}
            spellCheck={false}
            className={cx(boxClass, 'h-8 font-mono text-xs')}
          />
        </div>
      )
    }
    case 'text':
    case 'json': {
      const lines = text.split('\n').length
      return (
        <textarea
          {...typed}
          rows={Math.min(12, Math.max(kind === 'json' ? 3 : 1, lines))}
          placeholder={placeholder}
          spellCheck={kind === 'text'}
          className={cx(boxClass, 'py-1.5', kind === 'json' && 'font-mono text-xs')}
        />
      )
    }
    default:
      return (
        <input
          {...typed}
          placeholder={placeholder}
          inputMode={kind === 'integer' || kind === 'number' ? 'decimal' : undefined}
          spellCheck={false}
          className={cx(boxClass, 'h-8')}
        />
      )
  }
}
