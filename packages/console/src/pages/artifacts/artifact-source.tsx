import { Link } from '@tanstack/react-router'
import type { ArtifactSource } from '@tern/idl/artifact'
import type { DataSource } from '../../data/stored-data.tsx'

/** What made an artifact, in a line. */
export function sourceText(source: ArtifactSource | undefined): string {
  switch (source?.source.case) {
    case 'taskAction':
      return `run ${source.source.value.action?.run?.name ?? ''}`
    case 'externalRef':
      return source.source.value
    default:
      return 'a client'
  }
}

/** The action that an artifact is an output of; undefined for one that came from elsewhere. */
export function producerOf(source: ArtifactSource | undefined): DataSource | undefined {
  const action = source?.source.case === 'taskAction' ? source.source.value.action : undefined
  if (action?.run === undefined) return undefined
  const { project, domain, name } = action.run
  return { project, domain, run: name, action: action.name }
}

/** What made an artifact, with a link to it. */
export function SourceLink({ source }: { source: ArtifactSource | undefined }) {
  const producer = producerOf(source)
  if (producer === undefined) return <span className="break-all">{sourceText(source)}</span>
  const { run, action, ...place } = producer
  return (
    <Link
      to="/v2/domain/$domain/project/$project/runs/$run"
      params={{ ...place, run }}
      search={{ a: action }}
      className="rounded-sm font-mono text-accent hover:underline"
    >
      {run}
      {action !== 'a0' && <span className="text-muted"> / {action}</span>}
    </Link>
  )
}
