import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { DataValidationError, mapLiteral, collectionLiteral } from '@tern/core'
import { type Literal, LiteralSchema } from '@tern/idl/core'
import { InputsSchema } from '@tern/idl/task'
import { readValues } from './literal-wire.ts'
import type { Variable } from './task-interface.ts'
import type { MaybePromise } from './validation.ts'

/**
 * Values of inputs or outputs that have arrived. Whoever made one may have left it in storage, with a note of where in its place:
 * then it is fetched.
 *
 * @param load reads a file
 * @throws DataValidationError for a value that is of another type than declared, or not declared at all
 */
export function readArrived(
  variables: readonly Variable[],
  bytes: Uint8Array,
  load: (uri: string) => Promise<Uint8Array>,
): MaybePromise<unknown[]> {
  try {
    return readValues(variables, bytes)
  } catch (error) {
    // Only what fails is looked at twice.
    if (!(error instanceof DataValidationError)) throw error
    const message = fromBinary(InputsSchema, bytes)
    if (!message.literals.some(({ value }) => value !== undefined && holdsNote(value))) throw error
    const opened = message.literals.map(async (named) => {
      if (named.value !== undefined) named.value = await withStored(named.value, load)
    })
    return Promise.all(opened).then(() => readValues(variables, toBinary(InputsSchema, message)))
  }
}

function holdsNote({ value }: Literal): boolean {
  switch (value.case) {
    case 'offloadedMetadata':
      return true
    case 'collection':
      return value.value.literals.some(holdsNote)
    case 'map':
      return Object.values(value.value.literals).some(holdsNote)
    case 'scalar': {
      const inner = value.value.value.case === 'union' ? value.value.value.value.value : undefined
      return inner !== undefined && holdsNote(inner)
    }
    default:
      return false
  }
}

async function withStored(literal: Literal, load: (uri: string) => Promise<Uint8Array>): Promise<Literal> {
  const { value } = literal
  switch (value.case) {
    case 'offloadedMetadata':
      return withStored(fromBinary(LiteralSchema, await load(value.value.uri)), load)
    case 'collection':
      return collectionLiteral(await Promise.all(value.value.literals.map((item) => withStored(item, load))))
    case 'map': {
      const entries = Object.entries(value.value.literals).map(
        async ([key, item]) => [key, await withStored(item, load)] as const,
      )
      return mapLiteral(Object.fromEntries(await Promise.all(entries)))
    }
    case 'scalar': {
      const scalar = value.value.value
      if (scalar.case === 'union' && scalar.value.value !== undefined) {
        scalar.value.value = await withStored(scalar.value.value, load)
      }
      return literal
    }
    default:
      return literal
  }
}
