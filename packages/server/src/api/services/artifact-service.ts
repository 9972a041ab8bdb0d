import { fromBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { Artifact, ArtifactName as ArtifactNameMessage, ArtifactService, ArtifactSpec } from '@tern/idl/artifact'
import { EnrichedIdentitySchema, type ProjectIdentifier } from '@tern/idl/common'
import { toIdentityBytes } from '../../identity/caller.ts'
import type { ArtifactName, StoredArtifact } from '../../store/artifacts-repository.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { fromProjectIdentifier } from '../wire/identifiers.ts'

export function createArtifactService({ artifacts, config }: ApiDomain): ServiceImpl<typeof ArtifactService> {
  /** With its value, wherever that is kept. */
  async function toWhole(stored: StoredArtifact): Promise<Artifact> {
    return toArtifact(config.org, stored, { ...artifacts.specOf(stored), value: await artifacts.valueOf(stored) })
  }
  return {
    async createArtifact({ artifactId, spec }, context) {
      if (artifactId === undefined) throw missing('artifact_id')
      if (spec === undefined) throw missing('spec')
      const caller = callerOf(context, config)
      const stored = await artifacts.create(
        { ...fromName(artifactId.name, 'artifact_id.name'), version: artifactId.version, spec },
        caller && { subject: caller.subject, bytes: toIdentityBytes(caller) },
      )
      return { artifact: await toWhole(stored) }
    },
    async getArtifact({ name, version }) {
      return { artifact: await toWhole(await artifacts.get(fromName(name, 'name'), version || undefined)) }
    },
    async listArtifacts({ request, projectId, name }) {
      const page = await artifacts.list({ ...scopeOf(projectId), name: name || undefined }, request)
      const shown = page.items.map((stored) => toArtifact(config.org, stored, artifacts.specOf(stored)))
      return { artifacts: shown, token: page.token }
    },
    async listArtifactNames({ request, projectId }) {
      const page = await artifacts.listNames(scopeOf(projectId), request)
      const groups = page.items.map(({ latest, versions }) => ({
        latest: toArtifact(config.org, latest, artifacts.specOf(latest)),
        versions: BigInt(versions),
      }))
      return { groups, token: page.token }
    },
  }
}

function scopeOf(id: ProjectIdentifier | undefined): { readonly project: string; readonly domain: string } {
  if (id === undefined) throw missing('project_id')
  return fromProjectIdentifier(id)
}

function fromName(name: ArtifactNameMessage | undefined, field: string): ArtifactName {
  if (name === undefined) throw missing(field)
  for (const key of ['project', 'domain', 'name'] as const) {
    if (name[key] === '') throw missing(`${field}.${key}`)
  }
  return { project: name.project, domain: name.domain, name: name.name }
}

function toArtifact(org: string, stored: StoredArtifact, spec: ArtifactSpec): Artifact {
  const { project, domain, name, version, createdBy } = stored
  return {
    $typeName: 'flyteidl2.artifact.Artifact',
    artifactId: {
      $typeName: 'flyteidl2.artifact.ArtifactIdentifier',
      name: { $typeName: 'flyteidl2.artifact.ArtifactName', org, project, domain, name },
      version,
    },
    spec,
    createdAt: timestampFromMs(stored.createdAt),
    ...(createdBy !== null && { createdBy: fromBinary(EnrichedIdentitySchema, createdBy) }),
  }
}

function missing(field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: value is required`, { field })
}
