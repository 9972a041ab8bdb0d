import { NotFoundError } from '@tern/core'
import { CommandError } from '../usage-error.ts'
import { suggest } from './suggest.ts'

/**
 * What the server answers; where it knows nothing of that name, the error says which one may have been meant.
 *
 * @param candidates the names there are; asked for only when the name is not one of them
 */
export async function orSuggest<T>(
  answer: Promise<T>,
  name: string,
  candidates: () => AsyncIterable<string>,
): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    const similar = suggest(name, await namesOf(candidates()))
    if (similar === undefined || similar === name) throw error
    throw new CommandError(withoutHint(error.message), { hint: `Did you mean ${similar}?`, cause: error })
  }
}

// Enough to find what somebody mistyped, and soon done.
const maxCandidates = 1000

async function namesOf(candidates: AsyncIterable<string>): Promise<string[]> {
  const names = new Set<string>()
  try {
    for await (const name of candidates) if (names.add(name).size === maxCandidates) break
  } catch {
    // The error that there is matters more than a suggestion.
  }
  return [...names]
}

// The server's advice, such as to list what there is, is no longer needed.
function withoutHint(message: string): string {
  return message.split('. ')[0] ?? message
}
