import type { Literal, LiteralType } from '@tern/idl/core'
import { SimpleType } from '@tern/idl/core'
import { describeType } from './describe-type.ts'
import { DataValidationError } from './errors.ts'
import { acceptsNone } from './literal-types.ts'
import { jsonToLiteral } from './to-literal.ts'

/**
 * Reads a command line's text as a literal of a type: `3`, `true`, `2026-01-31T12:00:00Z`, `5m`, a file's URI, and JSON for
 * lists, maps and structs. Text for a union is read as its narrowest variant that takes it; `null` is nothing.
 *
 * @param path how errors call the value, e.g. `--numbers`
 * @throws DataValidationError when the text is not of the type
 */
export function parseText(text: string, type: LiteralType, path = 'value'): Literal {
  switch (type.type.case) {
    case 'unionType':
      return parseUnion(text, type, path)
    case 'collectionType':
    case 'mapValueType':
      return jsonToLiteral(parseJson(text, type, path), type, path)
    case 'simple':
      return jsonToLiteral(parseSimple(text, type, type.type.value, path), type, path)
    case 'blob':
    case 'structuredDatasetType':
      return jsonToLiteral(text.startsWith('{') ? parseJson(text, type, path) : text, type, path)
    default:
      return jsonToLiteral(text, type, path)
  }
}

function parseSimple(text: string, type: LiteralType, simple: SimpleType, path: string): unknown {
  const trimmed = text.trim()
  switch (simple) {
    case SimpleType.FLOAT:
      return parseFloatText(trimmed) ?? text
    case SimpleType.INTEGER:
      return trimmed
    case SimpleType.BOOLEAN:
      return { true: true, false: false }[trimmed.toLowerCase()] ?? text
    case SimpleType.NONE:
      return trimmed === 'null' || trimmed === 'none' ? null : text
    case SimpleType.STRUCT:
      return parseJson(text, type, path)
    default:
      return simple === SimpleType.STRING ? text : trimmed
  }
}

function parseFloatText(text: string): number | undefined {
  const special = { nan: Number.NaN, inf: Infinity, infinity: Infinity, '-inf': -Infinity, '-infinity': -Infinity }
  const named = special[text.toLowerCase() as keyof typeof special]
  if (named !== undefined) return named
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}

function parseUnion(text: string, type: LiteralType, path: string): Literal {
  if (text.trim() === 'null' && acceptsNone(type)) return jsonToLiteral(null, type, path)
  const variants = type.type.case === 'unionType' ? type.type.value.variants.filter((v) => !isNone(v)) : []
  const [only] = variants
  if (variants.length === 1 && only !== undefined) return asVariant(parseText(text, only, path), only)
  for (const variant of [...variants].sort((a, b) => breadth(a) - breadth(b))) {
    try {
      return asVariant(parseText(text, variant, path), variant)
    } catch (error) {
      if (!(error instanceof DataValidationError)) throw error
    }
  }
  throw new DataValidationError(`${path}: expected ${describeType(type)}, got ${JSON.stringify(text)}`, { path })
}

function asVariant(value: Literal, type: LiteralType): Literal {
  return {
    $typeName: 'flyteidl2.core.Literal',
    value: {
      case: 'scalar',
      value: {
        $typeName: 'flyteidl2.core.Scalar',
        value: { case: 'union', value: { $typeName: 'flyteidl2.core.Union', value, type } },
      },
    },
    hash: '',
    metadata: {},
  }
}

function isNone(type: LiteralType): boolean {
  return type.type.case === 'simple' && type.type.value === SimpleType.NONE
}

// How many texts a type takes, roughly: what takes few is tried first, and any text is a string.
function breadth(type: LiteralType): number {
  if (type.type.case === 'enumType') return 0
  if (type.type.case === 'blob' || type.type.case === 'structuredDatasetType') return 8
  if (type.type.case !== 'simple') return 6
  const order = [SimpleType.BOOLEAN, SimpleType.INTEGER, SimpleType.FLOAT, SimpleType.DATETIME, SimpleType.DURATION]
  const rank = order.indexOf(type.type.value as (typeof order)[number])
  if (rank >= 0) return rank + 1
  if (type.type.value === SimpleType.STRUCT) return 6
  return type.type.value === SimpleType.BINARY ? 10 : 9
}

function parseJson(text: string, type: LiteralType, path: string): unknown {
  try {
    return parseJsonExactly(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DataValidationError(`${path}: expected ${describeType(type)} as JSON, got ${JSON.stringify(text)}`, {
      path,
      hint: reason,
      cause: error,
    })
  }
}

/** Parses JSON; whole numbers beyond the safe range become bigints instead of losing digits. */
export function parseJsonExactly(text: string): unknown {
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown)
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value)) return value
  return /^-?\d+$/.test(source) ? BigInt(source) : value
}
