import { useQuery } from '@connectrpc/connect-query'
import { ProjectService } from '@tern/idl/project'
import { Dialog } from '../design/dialog.tsx'
import { cx } from '../design/cx.ts'
import { ErrorState, Skeleton } from '../design/states.tsx'
import { type Scope, useScope } from './scope.ts'

/** All projects with their domains, to choose one. */
export function ScopeDialog({ onClose, onChoose }: { onClose: () => void; onChoose: (scope: Scope) => void }) {
  const current = useScope()
  const { data, error, refetch } = useQuery(ProjectService.method.listProjects, { limit: 100 })
  const projects = data?.projects?.projects
  return (
    <Dialog isOpen onClose={onClose} title="Project and domain">
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {projects === undefined && error === null && <Skeleton />}
      <ul className="flex flex-col gap-3">
        {projects?.map((project) => (
          <li key={project.id}>
            <div className="font-medium">{project.name || project.id}</div>
            {project.description && <div className="text-xs text-muted">{project.description}</div>}
            <div className="mt-1.5 flex flex-wrap gap-1.5">
              {project.domains.map(({ id }) => {
                const isCurrent = project.id === current.project && id === current.domain
                return (
                  <button
                    key={id}
                    type="button"
                    aria-current={isCurrent}
                    onClick={() => onChoose({ project: project.id, domain: id })}
                    className={cx(
                      'rounded-md border px-2 py-1 text-xs hover:bg-hover',
                      isCurrent ? 'border-accent bg-selected font-medium' : 'border-line',
                    )}
                  >
                    {id}
                  </button>
                )
              })}
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
