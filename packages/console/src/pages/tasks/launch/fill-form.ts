import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { type Draft, fromDraft, type Problems, toDraft } from './draft.ts'
import { fieldsOf, isObject } from './form-fields.ts'

/** What was typed, by the names of inputs; only those that were changed. */
export type Drafts = Readonly<Record<string, Draft>>

export interface FilledForm {
  readonly form: JsonObject
  /** By the names of inputs; without those that are left out. */
  readonly values: { readonly [name: string]: JsonValue }
}

/** The form with what was typed in it, or what is wrong with that. What was not changed stays as it came, to the last digit. */
export function fillForm(form: JsonObject, drafts: Drafts): FilledForm | { readonly problems: Problems } {
  const properties: JsonObject = isObject(form['properties']) ? { ...form['properties'] } : {}
  const problems: Record<string, string> = {}
  const values: Record<string, JsonValue> = {}
  for (const field of fieldsOf(form)) {
    const { name, initial } = field
    const before = toDraft(field, initial)
    const draft = name in drafts ? drafts[name] : before
    const schema = properties[name]
    const isTouched = JSON.stringify(draft) !== JSON.stringify(before)
    const value = isTouched || initial === undefined ? fromDraft(field, draft, name, problems) : initial
    const isSame = !isTouched && (initial !== undefined || value === undefined)
    if (value !== undefined) values[name] = value
    const variant = typeof draft === 'object' && draft.kind === 'variant' ? draft.variant : undefined
    if (!isSame && isObject(schema)) properties[name] = withValue(schema, value, variant)
  }
  return Object.keys(problems).length > 0 ? { problems } : { form: { ...form, properties }, values }
}

function withValue(schema: JsonObject, value: JsonValue | undefined, variant: number | undefined): JsonObject {
  // What was said of the value before says nothing of this one.
  const { default: _, 'x-variant': __, 'x-literal': ___, ...rest } = schema
  if (rest['format'] === 'blob' && isObject(rest['properties'])) {
    const given = isObject(value) ? value : { uri: '' }
    return { ...rest, properties: withDefaults(rest['properties'], given) }
  }
  if (value === undefined) return rest
  return { ...rest, default: value, ...(variant !== undefined && { 'x-variant': variant }) }
}

function withDefaults(properties: JsonObject, values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const value = values[name]
      return [name, isObject(property) && value !== undefined ? { ...property, default: value } : property]
    }),
  )
}
