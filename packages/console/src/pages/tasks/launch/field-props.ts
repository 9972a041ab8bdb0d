import { type Draft, type Problems, toDraft } from './draft.ts'
import type { FieldKind, FormField } from './form-fields.ts'

/** How what is typed into looks. */
export const boxClass =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-sm text-text aria-invalid:border-bad'

export interface FieldInputProps {
  readonly field: FormField
  /** Where it is in the form, such as `order.lines[2]`. */
  readonly path: string
  /** What it is called; defaults to its name. */
  readonly label?: string
  /** What kind of value it takes, in words. */
  readonly type?: string
  readonly draft: Draft
  readonly problems: Problems
  readonly onChange: (draft: Draft) => void
  /** Something of it is on its way to the server. */
  readonly onBusy: (path: string, isBusy: boolean) => void
}

/** What values are called whose type has no other name. */
export const kindNames: Readonly<Record<FieldKind, string>> = {
  text: 'text',
  integer: 'integer',
  number: 'float',
  boolean: 'boolean',
  choice: 'one of these',
  time: 'time',
  duration: 'duration',
  file: 'file',
  folder: 'folder',
  table: 'table',
  structure: 'structure',
  list: 'list',
  map: 'map',
  union: 'one of several kinds',
  nothing: 'nothing',
  json: 'JSON',
}

/** What a field shows before anything was typed. */
export function initialDraft(field: FormField): Draft {
  return toDraft(field, field.initial)
}
