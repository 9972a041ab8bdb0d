import type { TernClient } from '@tern/sdk/client'
import { orSuggest } from './not-found.ts'

/** What the server answers about an artifact; where there is none, which one may have been meant. */
export function orSuggestArtifact<T>(answer: Promise<T>, name: string, client: TernClient): Promise<T> {
  return orSuggest(answer, name, async function* () {
    for await (const { latest } of client.artifacts.list()) yield latest?.artifactId?.name?.name ?? ''
  })
}
