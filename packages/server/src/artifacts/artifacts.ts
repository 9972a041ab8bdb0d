import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  AlreadyExistsError,
  checkLiteral,
  type Clock,
  InvalidArgumentError,
  NotFoundError,
  toBinaryDeterministic,
} from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { type ArtifactSpec, ArtifactSpecSchema } from '@tern/idl/artifact'
import type { ListRequest } from '@tern/idl/common'
import { type Literal, LiteralSchema, type LiteralType } from '@tern/idl/core'
import type { Projects } from '../projects/projects.ts'
import type {
  ArtifactGroup,
  ArtifactName,
  ArtifactScope,
  ArtifactsRepository,
  NewArtifact,
  StoredArtifact,
} from '../store/artifacts-repository.ts'
import type { Page } from '../store/list-query.ts'
import { digestOf } from '../store/specs.ts'
import { checkArtifactName, checkArtifactVersion, checkMetadata } from './artifact-names.ts'

export interface ArtifactsParts {
  readonly repository: ArtifactsRepository
  readonly projects: Projects
  readonly storage: Storage
  readonly clock: Clock
  readonly org: string
  /** Values up to this size, in bytes, are kept with their artifact; larger ones go to storage. */
  readonly maxInlineBytes: number
  /** Largest value to read, in bytes. */
  readonly maxBytes: number
}

/** Who creates an artifact. */
export interface Creator {
  readonly subject: string
  /** flyteidl2.common.EnrichedIdentity */
  readonly bytes: Uint8Array
}

export interface ArtifactRequest extends ArtifactName {
  readonly version: string
  readonly spec: ArtifactSpec
}

/** Values with a name and versions, which never change once they are there. */
export class Artifacts {
  readonly #parts: ArtifactsParts
  readonly #listeners = new Set<() => void>()

  constructor(parts: ArtifactsParts) {
    this.#parts = parts
  }

  /** Tells when this server has created an artifact, after the commit; returns the function that ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Creates a version of an artifact. Creating the same again gives what is there.
   *
   * Throws NotFoundError for an unknown project, InvalidArgumentError for what cannot be, AlreadyExistsError when the
   * version is there with another spec.
   */
  async create(request: ArtifactRequest, creator: Creator | undefined): Promise<StoredArtifact> {
    checkArtifactName(request.name, 'artifact_id.name.name')
    checkArtifactVersion(request.version, 'artifact_id.version')
    await this.#parts.projects.require(request.project, request.domain, { writable: true })
    const { value, type } = checkSpec(request)
    checkLiteral(value, type, 'spec.value')
    return this.record(request, creator)
  }

  /** Creates a version as `create` does, of what has been checked. */
  async record(request: ArtifactRequest, creator: Creator | undefined): Promise<StoredArtifact> {
    const artifact = await this.#toNew(request, creator)
    const present = await this.#present(artifact)
    if (present !== undefined) return present
    try {
      await this.#parts.repository.insert(artifact)
    } catch (error) {
      // Somebody else was faster with the same version.
      const faster = await this.#present(artifact)
      if (faster === undefined) throw error
      return faster
    }
    for (const listener of this.#listeners) listener()
    return this.get(request, request.version)
  }

  /** A version, or the latest one. Throws NotFoundError. */
  async get(name: ArtifactName, version: string | undefined): Promise<StoredArtifact> {
    const { repository } = this.#parts
    const found = await (version === undefined ? repository.findLatest(name) : repository.find(name, version))
    if (found !== undefined) return found
    const what = version === undefined ? `artifact ${name.name}` : `version ${version} of artifact ${name.name}`
    throw new NotFoundError(`${what} does not exist in ${name.project}/${name.domain}`)
  }

  async list(scope: ArtifactScope, request: ListRequest | undefined): Promise<Page<StoredArtifact>> {
    return this.#parts.repository.list(scope, request)
  }

  async listNames(scope: ArtifactScope, request: ListRequest | undefined): Promise<Page<ArtifactGroup>> {
    return this.#parts.repository.listNames(scope, request)
  }

  /** The value, which says what it is a version of, wherever it is kept. */
  async valueOf(artifact: StoredArtifact): Promise<Literal> {
    const { storage, maxBytes } = this.#parts
    const { value = create(LiteralSchema) } =
      artifact.valueUri === null
        ? fromBinary(ArtifactSpecSchema, artifact.spec)
        : { value: fromBinary(LiteralSchema, await storage.read(artifact.valueUri, { maxBytes })) }
    return { ...value, artifactId: this.#versionId(artifact) }
  }

  /** The spec as lists show it: a value that is in storage is only referred to. */
  specOf(artifact: StoredArtifact): ArtifactSpec {
    const spec = fromBinary(ArtifactSpecSchema, artifact.spec)
    const value = spec.value ?? referenceTo(artifact, spec.type)
    return { ...spec, value: { ...value, artifactId: this.#versionId(artifact) } }
  }

  #versionId({ project, domain, name, version }: StoredArtifact): NonNullable<Literal['artifactId']> {
    return {
      $typeName: 'flyteidl2.core.ArtifactVersionId',
      key: { $typeName: 'flyteidl2.core.ArtifactKey', org: this.#parts.org, project, domain, name },
      version,
    }
  }

  async #present(artifact: NewArtifact): Promise<StoredArtifact | undefined> {
    const present = await this.#parts.repository.find(artifact, artifact.version)
    if (present === undefined || present.digest === artifact.digest) return present
    throw new AlreadyExistsError(
      `version ${artifact.version} of artifact ${artifact.name} exists in ${artifact.project}/${artifact.domain}, with another value or description`,
      { hint: 'Versions never change: give the new one another version.' },
    )
  }

  async #toNew({ project, domain, name, version, spec }: ArtifactRequest, creator: Creator | undefined) {
    const { value, source } = withoutIdentity(spec)
    const bytes = toBinary(LiteralSchema, value ?? create(LiteralSchema))
    const valueUri = bytes.length <= this.#parts.maxInlineBytes ? null : await this.#store(project, domain, bytes)
    const action = source?.source.case === 'taskAction' ? source.source.value.action : undefined
    const inline = { ...withoutIdentity(spec), ...(valueUri !== null && { value: undefined }) }
    return {
      project,
      domain,
      name,
      version,
      spec: toBinary(ArtifactSpecSchema, inline),
      valueUri,
      valueSize: bytes.length,
      digest: digestOf(toBinaryDeterministic(ArtifactSpecSchema, essenceOf(spec))),
      sourceRun: action?.run?.name ?? null,
      sourceAction: action?.name ?? null,
      sourceExternalRef: source?.source.case === 'externalRef' ? source.source.value : null,
      createdBy: creator?.bytes ?? null,
      createdBySubject: creator?.subject ?? null,
      createdAt: this.#parts.clock.now(),
      metadata: spec.info?.userMetadata ?? {},
    } satisfies NewArtifact
  }

  // Named by its content, so that it does not matter how often it is written.
  async #store(project: string, domain: string, bytes: Uint8Array): Promise<string> {
    const { storage, org } = this.#parts
    const uri = storage.join(storage.root, 'artifacts', org, project, domain, digestOf(bytes), 'value.pb')
    if (!(await storage.exists(uri))) await storage.write(uri, bytes)
    return uri
  }
}

/**
 * What tells a version from another: not where it comes from, since what is tried again comes from another attempt, nor
 * where copies of it lie, if it says what its content is.
 */
function essenceOf(spec: ArtifactSpec): ArtifactSpec {
  const { source: _, info, value, ...rest } = withoutIdentity(spec)
  const content = value !== undefined && value.hash !== '' ? create(LiteralSchema, { hash: value.hash }) : value
  return { ...rest, ...(content && { value: content }), ...(info && { info: { ...info, card: undefined } }) }
}

/** The identity of a value is given by the server: one that came along is of where the value was before. */
function withoutIdentity(spec: ArtifactSpec): ArtifactSpec {
  if (spec.value?.artifactId === undefined) return spec
  const { artifactId: _, ...value } = spec.value
  return { ...spec, value }
}

function referenceTo({ valueUri, valueSize }: StoredArtifact, inferredType: LiteralType | undefined): Literal {
  return create(LiteralSchema, {
    value: {
      case: 'offloadedMetadata',
      value: { uri: valueUri ?? '', sizeBytes: BigInt(valueSize), ...(inferredType && { inferredType }) },
    },
  })
}

function checkSpec({ spec, project, domain }: ArtifactRequest): { value: Literal; type: LiteralType } {
  const { value, type, source, info } = spec
  if (value === undefined || value.value.case === undefined) throw missing('spec.value')
  if (type === undefined || type.type.case === undefined) throw missing('spec.type')
  checkMetadata(info?.userMetadata ?? {}, 'spec.info.user_metadata')
  const run = source?.source.case === 'taskAction' ? source.source.value.action?.run : undefined
  if (run !== undefined && (run.project !== project || run.domain !== domain)) {
    const field = 'spec.source.task_action.action.run'
    throw new InvalidArgumentError(
      `${field}: the run is in ${run.project}/${run.domain}, and so must the artifact be, not in ${project}/${domain}`,
      { field },
    )
  }
  return { value, type }
}

function missing(field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: value is required`, { field })
}
