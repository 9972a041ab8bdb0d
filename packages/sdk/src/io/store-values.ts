import type { Variable } from '../types/task-interface.ts'
import type { MaybePromise } from '../types/validation.ts'
import type { Place } from './place.ts'
import type { Reader } from './reader.ts'
import { readWith, storeAll } from './storing.ts'

/** Values that are about to travel, with the files in them put into storage. */
export function storeValues(
  variables: readonly Variable[],
  values: readonly unknown[],
  place: () => Place,
): MaybePromise<readonly unknown[]> {
  if (!variables.some(({ holdsFiles }) => holdsFiles)) return values
  const there = place()
  return Promise.all(values.map((value, i) => (variables[i]?.holdsFiles ? storeAll(value, there) : value)))
}

/** Values that have arrived, with the files in them read by way of `reader`. */
export function readValuesWith(variables: readonly Variable[], values: readonly unknown[], reader: Reader): unknown[] {
  return values.map((value, i) => (variables[i]?.holdsFiles ? readWith(value, reader) : value))
}
