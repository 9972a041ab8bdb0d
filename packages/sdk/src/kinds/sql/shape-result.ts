import { acceptsNone, DataValidationError } from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import type { Columns, Row, RowOf } from '../../io/columns.ts'
import { DataFrame } from '../../io/data-frame.ts'
import type { Schema } from '../../types/standard-schema.ts'
import type { TaskInterface } from '../../types/task-interface.ts'
import type { SqlResult } from './sql-database.ts'

/** What a task returns of a result, by the type of its output: a data frame, the rows, one row, or one value. */
export async function shapeResult(
  { outputs, outputKind }: Pick<TaskInterface, 'outputs' | 'outputKind'>,
  result: SqlResult,
): Promise<unknown> {
  if (outputKind === 'none') {
    await readAll(result)
    return undefined
  }
  if (outputKind === 'named') return onlyRow(await readAll(result))
  const [output] = outputs
  if (output === undefined) return undefined
  const type = withoutNone(output.codec.type)
  if (type.type.case === 'structuredDatasetType') return toFrame(result, type.type.value.columns.length > 0)
  const rows = await readAll(result)
  if (type.type.case === 'collectionType') {
    return isObject(type.type.value) ? rows : rows.map((row) => onlyValue(row, result))
  }
  if (rows.length === 0 && acceptsNone(output.codec.type)) return noValue(output.schema)
  const row = onlyRow(rows)
  return isObject(type) ? row : onlyValue(row, result)
}

// A data frame is stored while the rows can be read.
async function toFrame({ rows, types, columns }: SqlResult, isDeclared: boolean): Promise<unknown> {
  if (isDeclared) return DataFrame.fromRows(await readAll({ rows, types, columns }))
  if (Object.keys(types).length > 0)
    return DataFrame.fromRows(rows as Iterable<RowOf<Columns>>, { columns: types }).store()
  // Where the database does not tell them, the types are those of the values.
  const read = await readAll({ rows, types, columns })
  if (read.length > 0) return DataFrame.fromRows(read).store()
  const texts = Object.fromEntries(columns.map((name) => [name, 'string' as const]))
  return DataFrame.fromRows([], { columns: texts }).store()
}

async function readAll({ rows }: SqlResult): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

function onlyRow(rows: readonly Row[]): Row {
  const [row] = rows
  if (row !== undefined && rows.length === 1) return row
  throw new DataValidationError(`the query gives ${rows.length} rows, and one is to be returned`, {
    hint: 'Declare the output as a list, or as optional, or say which row with WHERE or LIMIT.',
  })
}

function onlyValue(row: Row, { columns }: SqlResult): unknown {
  const [name, ...others] = columns
  if (name !== undefined && others.length === 0) return row[name]
  throw new DataValidationError(`the query gives ${columns.length} columns, and one is to be returned`, {
    hint: 'Declare the output as an object with the columns, or select one.',
  })
}

function isObject({ type }: LiteralType): boolean {
  return type.case === 'mapValueType' || (type.case === 'simple' && type.value === SimpleType.STRUCT)
}

function withoutNone(type: LiteralType): LiteralType {
  if (type.type.case !== 'unionType') return type
  const others = type.type.value.variants.filter((variant) => !acceptsNone(variant))
  return others.length === 1 ? (others[0] ?? type) : type
}

function noValue(schema: Schema): null | undefined {
  const result = schema['~standard'].validate(null)
  return result instanceof Promise || result.issues !== undefined ? undefined : null
}
