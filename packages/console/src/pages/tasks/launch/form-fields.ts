import type { JsonObject, JsonValue } from '@bufbuild/protobuf'

/** How a value is typed in. */
export type FieldKind = 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'time' | 'duration' | 'address' | 'json'

/** One input of a task, as a form asks for it. */
export interface FormField {
  readonly name: string
  readonly kind: FieldKind
  readonly description: string
  readonly isRequired: boolean
  readonly choices: ReadonlyArray<string>
  /** What it is filled with; empty for nothing. */
  readonly initial: string
}

/** What was typed, by name; only fields that were changed. */
export type Typed = Readonly<Record<string, string>>

/** What is wrong, by name. */
export type FieldProblems = Readonly<Record<string, string>>

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields of a launch form, a JSON schema, in its order. */
export function fieldsOf(form: JsonObject): ReadonlyArray<FormField> {
  const { properties, required } = form
  if (!isObject(properties)) return []
  const wanted = new Set(Array.isArray(required) ? required : [])
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (!isObject(schema)) return []
    const { description } = schema
    const plain = plainSchema(schema)
    const kind = kindOf(plain)
    return {
      name,
      kind,
      description: typeof description === 'string' ? description : '',
      isRequired: wanted.has(name),
      choices: Array.isArray(plain['enum']) ? plain['enum'].map(String) : [],
      initial: initialOf(schema, kind),
    }
  })
}

/** Of something or nothing, the something. */
function plainSchema(schema: JsonObject): JsonObject {
  const { oneOf } = schema
  if (!Array.isArray(oneOf)) return schema
  const others = oneOf.filter((each) => isObject(each) && each['type'] !== 'null')
  const [only] = others
  return others.length === 1 && isObject(only) ? only : schema
}

const timeFormats: Readonly<Record<string, FieldKind>> = {
  datetime: 'time',
  'date-time': 'time',
  duration: 'duration',
  blob: 'address',
  'structured-dataset': 'address',
}

function kindOf(schema: JsonObject): FieldKind {
  const { type, format } = schema
  if (Array.isArray(schema['enum'])) return 'choice'
  if (typeof format === 'string' && Object.hasOwn(timeFormats, format)) return timeFormats[format] ?? 'text'
  switch (type) {
    case 'string':
      return 'text'
    case 'integer':
    case 'number':
    case 'boolean':
      return type
    default:
      return 'json'
  }
}

function initialOf(schema: JsonObject, kind: FieldKind): string {
  const { default: value, properties } = schema
  if (kind === 'address') {
    const uri = isObject(value) ? value['uri'] : undefined
    const part = isObject(properties) ? properties['uri'] : undefined
    const shown = uri ?? (isObject(part) ? part['default'] : undefined)
    return typeof shown === 'string' ? shown : ''
  }
  if (value === undefined || value === null || isNothing(value)) return ''
  return kind === 'json' || typeof value === 'object' ? toJson(value) : String(value)
}

const lineWidth = 60

function toJson(value: JsonValue): string {
  const line = JSON.stringify(value)
  return line.length <= lineWidth ? line : JSON.stringify(value, undefined, 2)
}

function isNothing(value: JsonValue): boolean {
  return isObject(value) && value['type'] === 'null' && Object.keys(value).length === 1
}

/** The form with what was typed in it, or what is wrong with that. */
export function fillForm(
  form: JsonObject,
  typed: Typed,
): { readonly form: JsonObject } | { readonly problems: FieldProblems } {
  const properties: JsonObject = isObject(form['properties']) ? { ...form['properties'] } : {}
  const problems: Record<string, string> = {}
  for (const field of fieldsOf(form)) {
    const { name, isRequired, initial, kind } = field
    const text = typed[name] ?? initial
    const schema = properties[name]
    const isEmpty = text.trim() === '' && (kind !== 'text' || typed[name] === undefined)
    if (isEmpty && isRequired && (typed[name] !== undefined || !hasDefault(schema))) {
      problems[name] = 'It needs a value.'
    } else if (text !== initial && isObject(schema)) {
      const value = isEmpty ? undefined : parse(field, text)
      if (value instanceof Error) problems[name] = value.message
      else properties[name] = withValue(schema, kind, value)
    } else if (typed[name] === '' && kind === 'text' && isRequired && isObject(schema)) {
      properties[name] = withValue(schema, kind, '')
    }
  }
  return Object.keys(problems).length > 0 ? { problems } : { form: { ...form, properties } }
}

function hasDefault(schema: JsonValue | undefined): boolean {
  return isObject(schema) && schema['default'] !== undefined
}

function parse({ kind }: FormField, text: string): JsonValue | Error {
  const trimmed = text.trim()
  switch (kind) {
    case 'text':
      return text
    case 'integer':
      if (!/^[+-]?\d+$/.test(trimmed)) return new Error('It takes a whole number.')
      // Digits beyond what a number holds go as text.
      return Number.isSafeInteger(Number(trimmed)) ? Number(trimmed) : trimmed.replace(/^\+/, '')
    case 'number': {
      if (/^(NaN|-?Infinity)$/.test(trimmed)) return trimmed
      const value = Number(trimmed)
      return Number.isFinite(value) ? value : new Error('It takes a number.')
    }
    case 'boolean':
      return trimmed === 'true'
    case 'json':
      try {
        return JSON.parse(text) as JsonValue
      } catch (error) {
        return new Error(`It takes JSON. ${error instanceof Error ? error.message : ''}`.trim())
      }
    default:
      return trimmed
  }
}

function withValue(schema: JsonObject, kind: FieldKind, value: JsonValue | undefined): JsonObject {
  // The variant that the value before was of says nothing of this one.
  const { default: _, 'x-variant': __, ...rest } = schema
  if (kind === 'address' && isObject(rest['properties'])) {
    const { properties } = rest
    const uri = isObject(properties['uri']) ? properties['uri'] : {}
    return { ...rest, properties: { ...properties, uri: { ...uri, default: value ?? '' } } }
  }
  return value === undefined ? rest : { ...rest, default: value }
}

/** The field that a refusal is about, with what it says of it; undefined for a refusal of something else. */
export function problemOf(message: string, names: ReadonlyArray<string>): readonly [string, string] | undefined {
  for (const name of names) {
    for (const start of [`json.properties.${name}`, `inputs.${name}`]) {
      if (!message.startsWith(start)) continue
      const rest = message.slice(start.length)
      if (rest === '' || /^[.:[]/.test(rest)) return [name, rest.replace(/^(\.default)?:?\s*/, '') || message]
    }
  }
  return undefined
}
