import { NotFoundError } from '@tern/core'

/** What a server answered with. @throws NotFoundError when it answered with nothing */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NotFoundError(`the server knows no ${what}`)
  return value
}
