import { InvalidArgumentError } from 'commander'

/** What a trigger does when the run before is still going on; an annotation of its run spec. */
export const overlapAnnotation = 'tern/overlap'

/** Which of the firings that a trigger missed are made up for; an annotation of its run spec. */
export const catchUpAnnotation = 'tern/catch-up'

const maxCatchUp = 10_000

/** Reads how many missed firings are made up for. */
export function parseCatchUp(text: string): string {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
  if (['all', 'latest', 'none'].includes(text) || count <= maxCatchUp) return text
  throw new InvalidArgumentError(`It must be all, latest, none, or a number up to ${maxCatchUp}.`)
}
