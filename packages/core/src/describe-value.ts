import { truncateText } from './identifiers.ts'

const maxChars = 60

/** A value as error messages show it: its type and, shortened, what it holds. `string "a"`, `array [1,2]`, `null`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${shorten(JSON.stringify(value))}`
    case 'bigint':
      return `bigint ${value}`
    case 'undefined':
      return 'undefined'
    case 'function':
      return value.name === '' ? 'a function' : `function ${value.name}`
    case 'symbol':
      return 'a symbol'
    case 'object':
      return value === null ? 'null' : describeObject(value)
    default:
      return `${typeof value} ${String(value)}`
  }
}

function describeObject(value: object): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : `Date ${value.toISOString()}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name} of ${value.size}`
  if (typeof (value as { then?: unknown }).then === 'function') return 'a Promise (is an await missing?)'
  const name = Array.isArray(value) ? 'array' : (value.constructor?.name ?? 'object')
  return `${name === 'Object' ? 'object' : name} ${shorten(toText(value))}`
}

function toText(value: object): string {
  try {
    return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item)) ?? ''
  } catch {
    return '(cannot be shown)'
  }
}

function shorten(text: string): string {
  const cut = truncateText(text, maxChars)
  return cut.length < text.length ? `${cut}…` : text
}
