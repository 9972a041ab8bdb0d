import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { ProjectService } from '@tern/idl/project'
import { useScope } from '../../app/scope.ts'
import { cx } from '../../design/cx.ts'
import { ErrorState, Skeleton } from '../../design/states.tsx'

const mostProjects = 100

/** Every project with its domains, which lead to their runs. */
export function ProjectList() {
  const current = useScope()
  const { data, error, refetch } = useQuery(ProjectService.method.listProjects, { limit: mostProjects })
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton />
  return (
    <ul aria-label="Projects" className="flex flex-col gap-3">
      {data.projects?.projects.map((project) => (
        <li key={project.id}>
          <div className="text-sm font-medium">{project.name || project.id}</div>
          {project.description && <div className="text-xs text-muted">{project.description}</div>}
          <div className="mt-1.5 flex flex-wrap gap-1.5">
            {project.domains.map(({ id }) => {
              const isCurrent = project.id === current.project && id === current.domain
              return (
                <Link
                  key={id}
                  to="/v2/domain/$domain/project/$project/runs"
                  params={{ project: project.id, domain: id }}
                  className={cx(
                    'rounded-md border px-2 py-1 text-xs hover:bg-hover',
                    isCurrent ? 'border-accent bg-selected font-medium' : 'border-line',
                  )}
                >
                  {id}
                </Link>
              )
            })}
          </div>
        </li>
      ))}
    </ul>
  )
}
