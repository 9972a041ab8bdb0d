import type { Place } from './place.ts'
import type { Reader } from './reader.ts'

/** How a value is put into storage: gives the value that refers to it there. */
export const storing = Symbol('tern.storing')
/** How a value comes to be read by another way. */
export const readingWith = Symbol('tern.readingWith')

/** A value that stands for something in storage, or is about to be put there. */
export interface Stored {
  [storing](place: Place): Promise<unknown>
  [readingWith](reader: Reader): unknown
}

/** The same values, with everything in them that is not in storage yet put there. */
export async function storeAll(value: unknown, place: Place): Promise<unknown> {
  const waiting: Promise<void>[] = []
  const change = changeOf((found) => found[storing](place), waiting)
  const stored = change(value)
  await Promise.all(waiting)
  return stored
}

/** The same values, whose files are read by way of `reader`. */
export function readWith(value: unknown, reader: Reader): unknown {
  return changeOf((found) => found[readingWith](reader), [])(value)
}

// Lists and plain objects are made anew where something in them changes; what else there is holds no files.
function changeOf(change: (found: Stored) => unknown, waiting: Promise<void>[]): (value: unknown) => unknown {
  const walk = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (storing in value) return change(value as Stored)
    if (Array.isArray(value)) return filled(value.map(walk), waiting)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return value
    return filled(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)])), waiting)
  }
  return walk
}

function filled<T extends object>(container: T, waiting: Promise<void>[]): T {
  for (const [key, item] of Object.entries(container)) {
    if (item instanceof Promise)
      waiting.push(item.then((late) => void ((container as Record<string, unknown>)[key] = late)))
  }
  return container
}
