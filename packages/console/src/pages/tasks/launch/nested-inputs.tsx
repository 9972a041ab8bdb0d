import { Plus, X } from 'lucide-react'
import type { ComponentType } from 'react'
import { Button, IconButton } from '../../../design/button.tsx'
import { cx } from '../../../design/cx.ts'
import { type Draft, itemPath, partPath, toDraft } from './draft.ts'
import { boxClass, type FieldInputProps, initialDraft, kindNames } from './field-props.ts'

interface NestedProps extends FieldInputProps {
  /** What a part of it is shown as. */
  readonly Field: ComponentType<FieldInputProps>
}

/** The parts of a structure. */
export function PartsInput({ Field, field, path, draft, problems, onChange, onBusy }: NestedProps) {
  const parts = typeof draft === 'object' && draft.kind === 'parts' ? draft.parts : {}
  return field.parts.map((part) => (
    <Field
      key={part.name}
      field={part}
      path={partPath(path, part.name)}
      draft={part.name in parts ? parts[part.name] : initialDraft(part)}
      problems={problems}
      onBusy={onBusy}
      onChange={(next) => onChange({ kind: 'parts', parts: { ...parts, [part.name]: next } })}
    />
  ))
}

/** The items of a list, one below the other. */
export function ItemsInput({ Field, field, path, draft, problems, onChange, onBusy }: NestedProps) {
  const { item } = field
  const items = typeof draft === 'object' && draft.kind === 'items' ? draft.items : []
  if (item === undefined) return null
  const change = (next: ReadonlyArray<Draft>) => onChange({ kind: 'items', items: next })
  return (
    <>
      {items.map((each, index) => (
        <div key={index} className="flex items-start gap-1">
          <div className="min-w-0 grow">
            <Field
              field={item}
              path={itemPath(path, index)}
              label={itemPath(path, index)}
              draft={each}
              problems={problems}
              onBusy={onBusy}
              onChange={(next) => change(items.with(index, next))}
            />
          </div>
          <IconButton
            label={`Remove ${itemPath(path, index)}`}
            icon={<X size={14} />}
            className="mt-5"
            onClick={() => change(items.toSpliced(index, 1))}
          />
        </div>
      ))}
      <Adding
        path={path}
        isEmpty={items.length === 0}
        isSet={draft !== undefined}
        noun="list"
        isOptional={!field.isRequired}
        onAdd={() => change([...items, toDraft(item, item.initial)])}
        onEmpty={() => change([])}
        onClear={() => onChange(undefined)}
      />
    </>
  )
}

/** The entries of a map: each has a key and a value. */
export function EntriesInput({ Field, field, path, draft, problems, onChange, onBusy }: NestedProps) {
  const { item } = field
  const entries = typeof draft === 'object' && draft.kind === 'entries' ? draft.entries : []
  if (item === undefined) return null
  const change = (next: ReadonlyArray<readonly [string, Draft]>) => onChange({ kind: 'entries', entries: next })
  return (
    <>
      {entries.map(([key, value], index) => (
        <div key={index} className="flex flex-wrap items-start gap-x-2 gap-y-1 md:flex-nowrap">
          <label className="flex w-full flex-col gap-1 font-mono text-xs font-medium md:w-40 md:shrink-0">
            key
            <input
              value={key}
              aria-label={`Key ${index + 1} of ${path}`}
              onChange={(event) => change(entries.with(index, [event.target.value, value]))}
              spellCheck={false}
              className={cx(boxClass, 'h-8 font-mono text-xs')}
            />
          </label>
          <div className="min-w-0 grow">
            <Field
              field={item}
              path={itemPath(path, index)}
              label="value"
              draft={value}
              problems={problems}
              onBusy={onBusy}
              onChange={(next) => change(entries.with(index, [key, next]))}
            />
          </div>
          <IconButton
            label={`Remove ${key || `entry ${index + 1}`}`}
            icon={<X size={14} />}
            className="mt-5"
            onClick={() => change(entries.toSpliced(index, 1))}
          />
        </div>
      ))}
      <Adding
        path={path}
        isEmpty={entries.length === 0}
        isSet={draft !== undefined}
        noun="map"
        isOptional={!field.isRequired}
        onAdd={() => change([...entries, ['', toDraft(item, item.initial)]])}
        onEmpty={() => change([])}
        onClear={() => onChange(undefined)}
      />
    </>
  )
}

function Adding({
  path,
  isEmpty,
  isSet,
  noun,
  isOptional,
  onAdd,
  onEmpty,
  onClear,
}: {
  readonly path: string
  readonly isEmpty: boolean
  readonly isSet: boolean
  readonly noun: string
  readonly isOptional: boolean
  readonly onAdd: () => void
  readonly onEmpty: () => void
  readonly onClear: () => void
}) {
  return (
    <div className="flex flex-wrap items-center gap-2 text-xs text-muted">
      <Button size="small" icon={<Plus size={13} aria-hidden />} aria-label={`Add to ${path}`} onClick={onAdd}>
        Add
      </Button>
      {isEmpty && isSet && `an empty ${noun}`}
      {isEmpty && !isSet && (
        <Button size="small" look="ghost" onClick={onEmpty}>
          Give an empty {noun}
        </Button>
      )}
      {isSet && isOptional && (
        <Button size="small" look="ghost" onClick={onClear}>
          Leave it out
        </Button>
      )}
    </div>
  )
}

/** A value of one of several kinds: which, and then the value. */
export function VariantInput({ Field, field, path, draft, problems, onChange, onBusy }: NestedProps) {
  const chosen = typeof draft === 'object' && draft.kind === 'variant' ? draft : undefined
  const variant = chosen && field.variants[chosen.variant]
  return (
    <>
      <select
        aria-label={`Kind of ${path}`}
        value={chosen?.variant ?? ''}
        aria-invalid={problems[path] !== undefined && chosen === undefined}
        onChange={({ target: { value } }) => {
          const next = value === '' ? undefined : field.variants[Number(value)]
          onChange(next && { kind: 'variant', variant: Number(value), draft: initialDraft(next) })
        }}
        className={cx(boxClass, 'h-8')}
      >
        <option value="">–</option>
        {field.variants.map(({ kind, name }, index) => (
          <option key={index} value={index}>
            {kind === 'structure' && name !== '' ? name : kindNames[kind]}
          </option>
        ))}
      </select>
      {variant !== undefined && chosen !== undefined && variant.kind !== 'nothing' && (
        <Field
          field={variant}
          path={path}
          label="value"
          draft={chosen.draft}
          problems={problems}
          onBusy={onBusy}
          onChange={(next) => onChange({ kind: 'variant', variant: chosen.variant, draft: next })}
        />
      )}
    </>
  )
}
