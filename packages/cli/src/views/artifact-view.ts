import type { JsonValue } from '@bufbuild/protobuf'
import { describeType, literalToJson } from '@tern/core'
import type { Artifact, ArtifactSource } from '@tern/idl/artifact'
import { renderDetails, renderSection } from '../output/details.ts'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { ago } from './action-text.ts'
import { valuesText } from './io-view.ts'
import { identityName, isoTime, textOrNull } from './wire-values.ts'

/** A version of an artifact as `-o json` shows it. */
export interface ArtifactView {
  readonly name: string
  readonly version: string
  readonly project: string
  readonly domain: string
  /** As people read it, e.g. `list<integer>`. */
  readonly type: string
  readonly description: string | null
  readonly value: JsonValue
  /** The action that made it, or a reference of somebody else's. */
  readonly source: { readonly run: string; readonly action: string } | { readonly reference: string } | null
  readonly metadata: Readonly<Record<string, string>>
  readonly createdAt: string | null
  readonly createdBy: string | null
  /** How many versions there are; only in the list of names. */
  readonly versions?: number
}

export function toArtifactView({ artifactId, spec, createdAt, createdBy }: Artifact): ArtifactView {
  return {
    name: artifactId?.name?.name ?? '',
    version: artifactId?.version ?? '',
    project: artifactId?.name?.project ?? '',
    domain: artifactId?.name?.domain ?? '',
    type: spec?.type === undefined ? '' : describeType(spec.type),
    description: textOrNull(spec?.info?.description),
    value: spec?.value === undefined ? null : literalToJson(spec.value),
    source: toSourceView(spec?.source),
    metadata: { ...spec?.info?.userMetadata },
    createdAt: isoTime(createdAt),
    createdBy: identityName(createdBy),
  }
}

export function artifactsText(artifacts: readonly ArtifactView[], style: TextStyle): string {
  if (artifacts.length === 0) return 'No artifacts.\n'
  return renderTable<ArtifactView>(
    artifacts,
    [
      { title: 'ARTIFACT', value: ({ name }) => name },
      { title: 'VERSION', value: ({ version }) => version, shrinks: true },
      { title: 'VERSIONS', value: ({ versions }) => (versions === undefined ? '' : String(versions)), align: 'right' },
      { title: 'TYPE', value: ({ type }) => type, shrinks: true },
      { title: 'CREATED', value: ({ createdAt }) => ago(createdAt, style) },
      { title: 'FROM', value: sourceText, shrinks: true },
      { title: 'DESCRIPTION', value: ({ description }) => description ?? '', shrinks: true },
    ],
    style,
  )
}

export function artifactText(artifact: ArtifactView, style: TextStyle): string {
  const { colors } = style
  const { createdAt, createdBy } = artifact
  const facts = renderDetails(
    [
      ['Artifact', artifact.name],
      ['Version', artifact.version],
      ['Project', `${artifact.project}, ${artifact.domain}`],
      ['Type', artifact.type],
      ['Description', artifact.description ?? undefined],
      ['Created', createdAt === null ? undefined : `${createdAt} (${ago(createdAt, style)})`],
      ['By', createdBy ?? undefined],
      ['From', sourceText(artifact)],
    ],
    colors,
  )
  const metadata = Object.entries(artifact.metadata).length === 0 ? {} : { metadata: { ...artifact.metadata } }
  return `${facts}\n${renderSection('Content', valuesText({ value: artifact.value, ...metadata }), colors)}`
}

function toSourceView(source: ArtifactSource | undefined): ArtifactView['source'] {
  if (source?.source.case === 'externalRef') return { reference: source.source.value }
  if (source?.source.case !== 'taskAction') return null
  const { action } = source.source.value
  return { run: action?.run?.name ?? '', action: action?.name ?? '' }
}

function sourceText({ source }: ArtifactView): string {
  if (source === null) return ''
  return 'reference' in source ? source.reference : `${source.run} ${source.action}`
}
