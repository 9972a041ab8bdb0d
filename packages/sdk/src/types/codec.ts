import type { Literal, LiteralType } from '@tern/idl/core'

/**
 * How the values of one schema travel: the type that is declared on the wire, and the way there and back. A codec knows
 * the wire only; whether a value satisfies its schema is the schema's business, asked before and after.
 */
export interface Codec {
  readonly type: LiteralType
  /** Set when values are a single scalar that can be written without building messages. */
  readonly scalar?: ScalarKind
  readonly toLiteral: (value: unknown) => Literal
  /** @throws DataValidationError when the literal is of another type */
  readonly fromLiteral: (literal: Literal) => unknown
  /** How values appear inside a struct. */
  readonly plain: PlainCodec
}

export type ScalarKind = 'integer' | 'float' | 'string' | 'boolean'

/** How the values of one schema appear inside a struct, where there is only what JSON (or msgpack) has. */
export interface PlainCodec {
  /** True when values are plain as they are, so that nothing needs to be walked. */
  readonly isIdentity: boolean
  readonly toPlain: (value: unknown) => unknown
  readonly fromPlain: (plain: unknown) => unknown
}

export const identity: PlainCodec = {
  isIdentity: true,
  toPlain: (value) => value,
  fromPlain: (plain) => plain,
}
