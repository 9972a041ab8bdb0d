import { getRouteApi, Link } from '@tanstack/react-router'
import { type ArtifactGroup, ArtifactService } from '@tern/idl/artifact'
import { Filter_Function } from '@tern/idl/common'
import { Package } from 'lucide-react'
import { usePages } from '../../api/use-pages.ts'
import { NothingYet } from '../../app/nothing-yet.tsx'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { typeName } from '../../data/type-name.ts'
import { CopyAs } from '../../design/copy.tsx'
import { FilterField } from '../../design/filter-field.tsx'
import { Listing } from '../../design/listing.tsx'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { artifactsSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { sourceText } from './artifact-source.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/artifacts')

const pageSize = 50

const nameContains = (text: string) => ({
  field: 'name',
  function: Filter_Function.CONTAINS_CASE_INSENSITIVE,
  values: [text],
})

/** The artifacts of a project, each with its newest version; what changed last comes first. */
export function ArtifactsPage() {
  const scope = useScope()
  useTitle(`Artifacts · ${scope.project}`)
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = usePages({
    method: ArtifactService.method.listArtifactNames,
    key: [scope.project, scope.domain, q],
    request: (token) => ({
      projectId: { name: scope.project, domain: scope.domain },
      request: { limit: pageSize, token, filters: q === '' ? [] : [nameContains(q)] },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 3,
  })
  return (
    <>
      <PageHeader title="Artifacts" actions={<CopyAs snippets={artifactsSnippets(scope)} />} />
      <div className="flex shrink-0 border-b border-line bg-surface px-4 py-2 md:px-5">
        <FilterField
          value={q}
          onChange={(text) => void navigate({ search: text === '' ? {} : { q: text }, replace: true })}
          label="Filter artifacts by name"
          placeholder="Filter by name"
        />
      </div>
      <Listing
        items={query.data?.pages.flatMap(({ groups }) => groups)}
        query={query}
        label="Artifacts"
        empty={q === '' ? <NothingHere /> : <EmptyState title="No artifact has this in its name" />}
        renderItem={(group) => <ArtifactLine key={group.latest?.artifactId?.name?.name} group={group} />}
      />
    </>
  )
}

function ArtifactLine({ group: { latest, versions } }: { group: ArtifactGroup }) {
  const scope = useScope()
  const { artifactId, spec, createdAt } = latest ?? {}
  const name = artifactId?.name?.name ?? ''
  return (
    <li>
      <Link
        to="/v2/domain/$domain/project/$project/artifacts/$artifact"
        params={{ ...scope, artifact: name }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2 hover:bg-hover md:grid-cols-[minmax(0,1fr)_11rem_9rem_9rem_6rem] md:px-5"
      >
        <span className="min-w-0">
          <span className="block truncate">{name}</span>
          <span className="block truncate text-xs text-muted">{spec?.info?.description}</span>
        </span>
        <span className="hidden min-w-0 text-xs md:block">
          <span className="block truncate font-mono">{artifactId?.version}</span>
          <span className="block text-muted">{versionsText(versions)}</span>
        </span>
        <span className="hidden truncate text-xs text-muted md:block">{typeName(spec?.type)}</span>
        <span className="hidden truncate text-xs text-muted md:block">{sourceText(spec?.source)}</span>
        <span className="text-right text-xs text-muted">
          <TimeAgo at={msOf(createdAt)} />
          <span className="block md:hidden">{versionsText(versions)}</span>
        </span>
      </Link>
    </li>
  )
}

function versionsText(count: bigint): string {
  return count === 1n ? '1 version' : `${count.toLocaleString()} versions`
}

function NothingHere() {
  return (
    <NothingYet icon={Package} title="There are no artifacts here yet">
      Wrap the type of a task&apos;s output in <code className="font-mono">artifact(…)</code>: what its runs give is
      kept here by name and version.
    </NothingYet>
  )
}
