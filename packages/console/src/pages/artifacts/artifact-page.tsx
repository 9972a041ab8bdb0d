import { useQuery } from '@connectrpc/connect-query'
import { getRouteApi } from '@tanstack/react-router'
import { type Artifact, ArtifactService } from '@tern/idl/artifact'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { identityText } from '../../data/identity.ts'
import { StoredData } from '../../data/stored-data.tsx'
import { typeName } from '../../data/type-name.ts'
import { toJson, toValue } from '../../data/value.ts'
import { ValueView } from '../../data/values.tsx'
import { CopyableName, CopyAs, CopyButton } from '../../design/copy.tsx'
import { Facts, Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { artifactSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { producerOf, SourceLink } from './artifact-source.tsx'
import { ArtifactUsers } from './artifact-users.tsx'
import { ArtifactVersions } from './artifact-versions.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/artifacts/$artifact')

const refreshMs = 5_000

/** An artifact: the value of a version, what made it, what waits for it, and its versions. */
export function ArtifactPage() {
  const scope = useScope()
  const { artifact: name } = route.useParams()
  const { version } = route.useSearch()
  useTitle(name)
  const { data, error, refetch } = useQuery(
    ArtifactService.method.getArtifact,
    { name: { ...scope, name }, ...(version !== undefined && { version }) },
    // A version never changes; which is the newest does.
    { refetchInterval: version === undefined ? refreshMs : false },
  )
  const artifact = data?.artifact
  const artifacts = { label: 'Artifacts', to: `/v2/domain/${scope.domain}/project/${scope.project}/artifacts` }
  return (
    <>
      <PageHeader
        crumbs={[artifacts]}
        title={name}
        actions={<CopyAs snippets={artifactSnippets(scope, name, version)} />}
      >
        {artifact?.spec?.info?.description && (
          <p className="mt-1 text-xs text-muted">{artifact.spec.info.description}</p>
        )}
      </PageHeader>
      {artifact === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {artifact === undefined && error === null && <Skeleton lines={8} />}
      {artifact !== undefined && (
        <div className="grid grow content-start lg:grid-cols-[minmax(0,1fr)_22rem] lg:content-stretch">
          <div className="border-line lg:border-r">
            <ArtifactValue artifact={artifact} />
            <Section title="Used by">
              <ArtifactUsers name={name} />
            </Section>
          </div>
          <div>
            <About artifact={artifact} />
            <Section title="Versions">
              <ArtifactVersions name={name} shown={artifact.artifactId?.version} />
            </Section>
          </div>
        </div>
      )}
    </>
  )
}

function ArtifactValue({ artifact: { artifactId, spec } }: { artifact: Artifact }) {
  const name = artifactId?.name?.name ?? ''
  const value = toValue(spec?.value)
  const json = toJson(value)
  const card = spec?.info?.card
  const producer = producerOf(spec?.source)
  return (
    <>
      <Section
        title={
          <>
            Value <span className="font-normal text-faint">{typeName(spec?.type)}</span>
          </>
        }
        actions={
          json !== undefined && (
            <CopyButton text={typeof json === 'string' ? json : JSON.stringify(json, null, 2)} what="the value" />
          )
        }
      >
        {/* Another version is another value, with nothing unfolded. */}
        <ValueView key={artifactId?.version} value={value} name={name} source={producer} />
      </Section>
      {card !== undefined && card.uri !== '' && (
        <Section title="Card">
          <StoredData value={{ kind: 'file', uri: card.uri, format: card.format }} name="card" source={producer} />
        </Section>
      )}
    </>
  )
}

function About({ artifact: { artifactId, spec, createdAt, createdBy } }: { artifact: Artifact }) {
  const metadata = Object.entries(spec?.info?.userMetadata ?? {}).sort(([a], [b]) => a.localeCompare(b))
  return (
    <>
      <Section title="About">
        <Facts
          facts={[
            {
              label: 'Version',
              value: <CopyableName text={artifactId?.version ?? ''} what="the version" />,
            },
            { label: 'Produced by', value: <SourceLink source={spec?.source} /> },
            { label: 'Created', value: <TimeAgo at={msOf(createdAt)} /> },
            { label: 'By', value: identityText(createdBy) },
          ]}
        />
      </Section>
      {metadata.length > 0 && (
        <Section title="Metadata">
          <Facts facts={metadata.map(([label, value]) => ({ label, value }))} />
        </Section>
      )}
    </>
  )
}
