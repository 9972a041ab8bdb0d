import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { ProjectService } from '@tern/idl/project'
import type { ComponentProps } from 'react'
import { toProblem } from '../api/problem.ts'
import { buttonClass } from '../design/button.tsx'
import { EmptyState } from '../design/states.tsx'
import { useScope } from './scope.ts'

/** What stands where a project has nothing of a kind, or where there is no such project: lists of one are empty as well. */
export function NothingYet(props: ComponentProps<typeof EmptyState>) {
  const { project, domain } = useScope()
  const { data, error } = useQuery(ProjectService.method.getProject, { id: project })
  const isProjectMissing = error !== null && toProblem(error).kind === 'missing'
  const domains = data?.project?.domains.map(({ id }) => id)
  const isDomainMissing = domains !== undefined && domains.length > 0 && !domains.includes(domain)
  if (!isProjectMissing && !isDomainMissing) return <EmptyState {...props} />
  return (
    <EmptyState
      title={isProjectMissing ? `There is no project ${project}` : `${project} has no domain ${domain}`}
      actions={
        <Link to="/" className={buttonClass()}>
          Show all projects
        </Link>
      }
    >
      {isProjectMissing ? 'The address may be mistyped.' : `It has ${domains?.join(', ')}.`}
    </EmptyState>
  )
}
