import { Link } from '@tanstack/react-router'
import { ArtifactService } from '@tern/idl/artifact'
import { usePages } from '../../api/use-pages.ts'
import { useScope } from '../../app/scope.ts'
import { cx } from '../../design/cx.ts'
import { ProblemLine, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { msOf } from '../../model/times.ts'
import { sourceText } from './artifact-source.tsx'

const pageSize = 25

/** The versions of an artifact, the last one first. Each leads to itself. */
export function ArtifactVersions({ name, shown }: { name: string; shown: string | undefined }) {
  const scope = useScope()
  const query = usePages({
    method: ArtifactService.method.listArtifacts,
    key: [scope.project, scope.domain, name],
    request: (token) => ({
      projectId: { name: scope.project, domain: scope.domain },
      name,
      request: { limit: pageSize, token },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 2,
  })
  const { data, error } = query
  if (data === undefined) return error === null ? <Skeleton lines={3} /> : <ProblemLine error={error} />
  return (
    <>
      <ul aria-label="Versions" className="-mx-2">
        {data.pages
          .flatMap(({ artifacts }) => artifacts)
          .map(({ artifactId, createdAt, spec }, index) => (
            <li key={artifactId?.version}>
              <Link
                to="/v2/domain/$domain/project/$project/artifacts/$artifact"
                params={{ ...scope, artifact: name }}
                search={index === 0 ? {} : { version: artifactId?.version ?? '' }}
                className={cx(
                  'grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 rounded-md px-2 py-1.5 text-xs hover:bg-hover',
                  artifactId?.version === shown && 'bg-selected font-medium',
                )}
              >
                <span className="truncate font-mono">{artifactId?.version}</span>
                <span className="font-normal text-muted">
                  <TimeAgo at={msOf(createdAt)} />
                </span>
                <span className="truncate text-2xs font-normal text-muted">by {sourceText(spec?.source)}</span>
                {index === 0 && <span className="text-right text-2xs font-normal text-muted">newest</span>}
              </Link>
            </li>
          ))}
      </ul>
      <ShowMore query={query} label="Show earlier versions" isInner />
    </>
  )
}
