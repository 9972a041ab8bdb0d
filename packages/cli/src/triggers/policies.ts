import { InvalidArgumentError } from 'commander'

/** What a trigger does when the run before is still going on; an annotation of its run spec. */
export const overlapAnnotation = 'tern/overlap'

/** Which of the firings that a trigger missed are made up for; an annotation of its run spec. */
export const catchUpAnnotation = 'tern/catch-up'

/** Reads how many missed firings are made up for. */
export function parseCatchUp(text: string): string {
  if (/^(all|latest|none|[1-9]\d{0,5})$/.test(text)) return text
  throw new InvalidArgumentError('It must be all, latest, none, or a number of firings.')
}
