import { storableText } from './types.ts'

/** The types of columns that the engine writes. */
export type ColumnType = 'int4' | 'int8' | 'text' | 'bytea'

export type ColumnValue = number | string | Uint8Array | null

const oids: Readonly<Record<ColumnType, number>> = { int4: 23, int8: 20, text: 25, bytea: 17 }
const headerBytes = 20

/**
 * An array in Postgres's binary format: pg sends buffers as they are, which spares both sides the way over text, and
 * binary values their hexadecimal digits. The values are read here and now.
 */
export function toArrayParameter(type: ColumnType, values: ReadonlyArray<ColumnValue>): Buffer {
  const array = Buffer.allocUnsafe(headerBytes + sizeOf(type, values))
  array.writeInt32BE(1, 0)
  array.writeInt32BE(1, 4)
  array.writeInt32BE(oids[type], 8)
  array.writeInt32BE(values.length, 12)
  array.writeInt32BE(1, 16)
  let offset = headerBytes
  for (const value of values) offset = writeValue(array, offset, type, value)
  return array.subarray(0, offset)
}

/** Bytes that the values take at most. */
function sizeOf(type: ColumnType, values: ReadonlyArray<ColumnValue>): number {
  let size = 4 * values.length
  if (type === 'int4') return size + 4 * values.length
  if (type === 'int8') return size + 8 * values.length
  for (const value of values) {
    if (typeof value === 'string') size += 3 * value.length
    else if (value instanceof Uint8Array) size += value.length
  }
  return size
}

function writeValue(array: Buffer, offset: number, type: ColumnType, value: ColumnValue): number {
  const start = offset + 4
  if (value === null) {
    array.writeInt32BE(-1, offset)
    return start
  }
  const end = start + writeContent(array, start, type, value)
  array.writeInt32BE(end - start, offset)
  return end
}

function writeContent(array: Buffer, start: number, type: ColumnType, value: number | string | Uint8Array): number {
  if (typeof value === 'string') return array.write(storableText(value), start, 'utf8')
  if (typeof value !== 'number') {
    array.set(value, start)
    return value.length
  }
  if (type === 'int4') {
    array.writeInt32BE(value, start)
    return 4
  }
  array.writeInt32BE(Math.floor(value / 2 ** 32), start)
  array.writeUInt32BE(value - Math.floor(value / 2 ** 32) * 2 ** 32, start + 4)
  return 8
}
