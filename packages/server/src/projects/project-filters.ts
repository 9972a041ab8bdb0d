import { InvalidArgumentError, truncateText } from '@tern/core'
import { type Filter, Filter_Function } from '@tern/idl/common'

const functions: Readonly<Record<string, Filter_Function>> = {
  eq: Filter_Function.EQUAL,
  ne: Filter_Function.NOT_EQUAL,
  contains: Filter_Function.CONTAINS,
  value_in: Filter_Function.VALUE_IN,
}

const maxLength = 4096

const call = /^\s*(\w+)\s*\(\s*(\w+)\s*,\s*(.*?)\s*\)\s*$/s

/**
 * Reads the filter language of project lists: `eq(state,0)+contains(name,data)`. Values cannot contain `+`; those of
 * `value_in` are separated by `;`. Throws InvalidArgumentError.
 */
export function parseProjectFilters(filters: string): Filter[] {
  if (filters.length > maxLength) {
    throw new InvalidArgumentError(`filters: ${filters.length} characters, at most ${maxLength} are allowed`, {
      field: 'filters',
    })
  }
  if (filters.trim() === '') return []
  return filters.split('+').map(parseCall)
}

function parseCall(text: string): Filter {
  const match = call.exec(text)
  const name = match?.[1] ?? ''
  const fn = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (match === null || fn === undefined) {
    throw new InvalidArgumentError(`filters: cannot read ${JSON.stringify(truncateText(text.trim(), 200))}`, {
      field: 'filters',
      hint: `Write eq(field,value); the functions are ${Object.keys(functions).join(', ')}, joined by "+".`,
    })
  }
  const value = match[3] ?? ''
  const values = fn === Filter_Function.VALUE_IN ? value.split(';').map((part) => part.trim()) : [value]
  return { $typeName: 'flyteidl2.common.Filter', function: fn, field: match[2] ?? '', values }
}
