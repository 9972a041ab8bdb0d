import { InvalidArgumentError } from '@tern/core'

/** A number where it is exact. */
export function exactNumber(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** Lists and objects, of which most databases know nothing, as JSON. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item))
}

/** @throws InvalidArgumentError when a column would hide another */
export function checkColumns(columns: readonly string[]): void {
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice === undefined) return
  throw new InvalidArgumentError(`the query gives two columns called ${twice}`, {
    field: 'query',
    hint: 'Name them apart with AS.',
  })
}
