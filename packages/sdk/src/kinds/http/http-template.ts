import { DataValidationError, InvalidArgumentError } from '@tern/core'
import { File } from '../../io/file.ts'
import { fillIn, inputNamesIn, onlyInputOf, secretNamesIn } from '../placeholders.ts'

/** What JSON holds, with placeholders in its texts. */
export type BodyTemplate =
  | string
  | number
  | boolean
  | null
  | readonly BodyTemplate[]
  | { readonly [key: string]: BodyTemplate }

/** The values that placeholders stand for. */
export interface HttpValues {
  readonly input: (name: string) => unknown
  readonly secret: (name: string) => string
}

/** All texts of a template. */
export function textsOf(template: BodyTemplate | undefined): string[] {
  if (typeof template === 'string') return [template]
  if (typeof template !== 'object' || template === null) return []
  return Object.values(template).flatMap(textsOf)
}

export function namesIn(texts: readonly string[]): { readonly inputs: Set<string>; readonly secrets: Set<string> } {
  return { inputs: new Set(texts.flatMap(inputNamesIn)), secrets: new Set(texts.flatMap(secretNamesIn)) }
}

/**
 * The address of a request. What is put in is encoded, so that it stays within its part of the address.
 *
 * @throws DataValidationError for a value that would make it another address
 */
export function fillUrl(template: string, query: Readonly<Record<string, string>>, values: HttpValues): URL {
  const encoded = (value: unknown) => {
    const text = textOf(value)
    if (text === '.' || text === '..') {
      throw new DataValidationError(`${JSON.stringify(text)} cannot be a part of the address ${template}`)
    }
    return encodeURIComponent(text)
  }
  const only = onlyInputOf(template)
  const filled =
    only === undefined
      ? fillIn(template, {
          input: (name) => encoded(values.input(name)),
          secret: (name) => encoded(values.secret(name)),
        })
      : textOf(values.input(only))
  const url = URL.canParse(filled) ? new URL(filled) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`${template} is no address that begins with http:// or https://`, { field: 'url' })
  }
  for (const [name, text] of Object.entries(query)) url.searchParams.append(name, fillText(text, values))
  return url
}

/** @throws DataValidationError for a value that would begin another header */
export function fillHeaders(templates: Readonly<Record<string, string>>, values: HttpValues): Headers {
  const headers = new Headers()
  for (const [name, template] of Object.entries(templates)) {
    const text = fillText(template, values)
    // The message names no value: it may be a secret.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text))
      throw new DataValidationError(`header ${name} has a character that no header has`)
    headers.set(name, text)
  }
  return headers
}

/** A body with its values: a text that is nothing but one placeholder becomes the value itself. */
export function fillBody(template: BodyTemplate, values: HttpValues): unknown {
  if (typeof template === 'string') {
    const only = onlyInputOf(template)
    return only === undefined ? fillText(template, values) : values.input(only)
  }
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template)) return template.map((item: BodyTemplate) => fillBody(item, values))
  return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, fillBody(item, values)]))
}

function fillText(template: string, values: HttpValues): string {
  return fillIn(template, { input: (name) => textOf(values.input(name)), secret: values.secret })
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Date) return value.toISOString()
  if (value instanceof File) throw new DataValidationError(`file ${value.name} can only be the whole body of a request`)
  return typeof value === 'object' ? toJson(value) : String(value as string | number | bigint | boolean)
}

/** JSON, in which bigints are whole numbers. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return Number.isSafeInteger(Number(item)) ? Number(item) : String(item)
    if (item instanceof File) throw new DataValidationError(`file ${item.name} can only be the whole body of a request`)
    return item
  })
}
