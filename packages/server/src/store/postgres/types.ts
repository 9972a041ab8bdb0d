import { types as defaults } from 'pg'

const int8 = 20
const bytea = 17

/**
 * How columns become values: as in the embedded store, so that what reads rows need not know where they come from.
 * Given to each connection, since pg's own table of types is shared by everything in the process that uses pg.
 */
export const types: typeof defaults = {
  ...defaults,
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary' && oid === int8) return Number
    if (format !== 'binary' && oid === bytea) return toBytes
    return defaults.getTypeParser(oid, format as 'text')
  }) as typeof defaults.getTypeParser,
}

/** Reads `\x`, then two hexadecimal digits a byte. A copy, since small buffers share memory with others. */
function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
}

/** A text as Postgres can store it: it has no zero character. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text
}
