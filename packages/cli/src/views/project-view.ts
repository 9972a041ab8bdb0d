import { type Project, ProjectState } from '@tern/idl/project'
import { renderDetails } from '../output/details.ts'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { textOrNull } from './wire-values.ts'

/** A project as `-o json` shows it. */
export interface ProjectView {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly state: 'ACTIVE' | 'ARCHIVED' | 'SYSTEM_GENERATED' | 'SYSTEM_ARCHIVED'
  readonly domains: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

export function toProjectView({ id, name, description, state, domains, labels }: Project): ProjectView {
  return {
    id,
    name,
    description: textOrNull(description),
    state: stateName(state),
    domains: domains.map((domain) => domain.id),
    labels: { ...labels?.values },
  }
}

export function projectsText(projects: readonly ProjectView[], style: TextStyle): string {
  if (projects.length === 0) return 'No projects.\n'
  return renderTable<ProjectView>(
    projects,
    [
      { title: 'PROJECT', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => name, shrinks: true },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'DOMAINS', value: ({ domains }) => domains.join(', '), shrinks: true },
      { title: 'DESCRIPTION', value: ({ description }) => description ?? '', shrinks: true },
    ],
    style,
  )
}

export function projectText(project: ProjectView, { colors }: TextStyle): string {
  return renderDetails(
    [
      ['Project', project.id],
      ['Name', project.name],
      ['State', project.state],
      ['Domains', project.domains.join(', ')],
      ['Description', project.description ?? undefined],
      [
        'Labels',
        Object.entries(project.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(', '),
      ],
    ],
    colors,
  )
}

export function isArchived({ state }: Project): boolean {
  return state === ProjectState.ARCHIVED || state === ProjectState.SYSTEM_ARCHIVED
}

function stateName(state: ProjectState): ProjectView['state'] {
  const entry = Object.entries(ProjectState).find(([, value]) => value === state)
  return (entry?.[0] as ProjectView['state'] | undefined) ?? 'ACTIVE'
}
