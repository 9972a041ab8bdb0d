import type { Project } from '@tern/idl/project'
import type { TernClient } from '@tern/sdk/client'
import { orSuggest } from './not-found.ts'

/** A project; where there is none of that id, the error says which one may have been meant. */
export function getProjectOrSuggest(client: TernClient, id: string): Promise<Project> {
  return orSuggest(client.getProject(id), id, async function* () {
    for await (const project of client.listProjects({ includeArchived: true })) yield project.id
  })
}
