import { literalTypes } from '@tern/core'
import type { Codec } from './codec.ts'
import { makeLiteral, readLiteral } from './core-values.ts'
import { stringCodec } from './scalar-codecs.ts'
import { addClassTransformer } from './transformers.ts'

// Classes of the language whose instances travel without anybody saying how: `z.instanceof(Uint8Array)`, `z.instanceof(URL)`.

const binary = literalTypes.binary()

const bytesCodec: Codec = {
  type: binary,
  plain: { isIdentity: false, toPlain: (value) => value, fromPlain: copied },
  toLiteral: (value) => makeLiteral(value, binary),
  fromLiteral: (literal) => copied(readLiteral(literal, binary)),
}

// What is read is part of a larger message.
function copied(bytes: unknown): unknown {
  return bytes instanceof Uint8Array ? new Uint8Array(bytes) : bytes
}

const urlCodec: Codec = {
  type: stringCodec.type,
  plain: { isIdentity: false, toPlain: (value) => (value instanceof URL ? value.href : value), fromPlain: toUrl },
  toLiteral: (value) => stringCodec.toLiteral((value as URL).href),
  fromLiteral: (literal) => toUrl(stringCodec.fromLiteral(literal)),
}

// What is none is refused by the schema, which says so better.
function toUrl(text: unknown): unknown {
  return typeof text === 'string' && URL.canParse(text) ? new URL(text) : text
}

export function addKnownClasses(): void {
  addClassTransformer(Uint8Array, {
    codec: () => bytesCodec,
    plain: () => bytesCodec.plain,
    name: 'Uint8Array',
    jsonSchema: { type: 'string', format: 'binary' },
  })
  addClassTransformer(URL, {
    codec: () => urlCodec,
    plain: () => urlCodec.plain,
    name: 'URL',
    form: { tag: 'text', kind: 'text' },
    jsonSchema: { type: 'string', format: 'uri' },
  })
}
