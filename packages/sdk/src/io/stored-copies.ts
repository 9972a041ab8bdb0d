import { currentPlace } from './current-place.ts'
import type { Place } from './place.ts'

/**
 * Where a value of this process has been put into storage: once in each place that asks for it, however often it is passed
 * on there. What could not be stored is forgotten, so that it can be tried again.
 */
export class StoredCopies<T> {
  private readonly put: (place: Place) => Promise<T>
  private readonly isRepeatable: boolean
  private readonly byPlace = new WeakMap<Place, Promise<T>>()
  private first: Promise<T> | undefined

  /** @param options.isRepeatable false for what can be read once only: it is where it was put first */
  constructor(put: (place: Place) => Promise<T>, options: { readonly isRepeatable: boolean }) {
    this.put = put
    this.isRepeatable = options.isRepeatable
  }

  /** Its copy in a place. */
  in(place: Place): Promise<T> {
    if (!this.isRepeatable && this.first !== undefined) return this.first
    const known = this.byPlace.get(place)
    if (known !== undefined) return known
    const copy = this.put(place)
    this.byPlace.set(place, copy)
    copy.catch(() => this.byPlace.delete(place))
    if (!this.isRepeatable) return this.remember(copy)
    return copy
  }

  /** Its copy where the running code's belong; the same one ever after. */
  here(): Promise<T> {
    return this.first ?? this.remember(this.in(currentPlace()))
  }

  private remember(copy: Promise<T>): Promise<T> {
    this.first = copy
    copy.catch(() => {
      if (this.first === copy) this.first = undefined
    })
    return copy
  }
}
