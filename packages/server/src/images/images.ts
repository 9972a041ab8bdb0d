import { createHash } from 'node:crypto'
import { fromBinary } from '@bufbuild/protobuf'
import {
  type Clock,
  InvalidArgumentError,
  isTernError,
  NotFoundError,
  type TaskFailure,
  toBinaryDeterministic,
} from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { type ImageSpec, ImageSpecSchema } from '@tern/idl/imagebuilder'
import type { RunKey } from '../engine/model.ts'
import type { SecretSource } from '../executors/task-secrets.ts'
import type { BuiltImage, ImagesRepository } from '../store/images-repository.ts'
import type { Recipe } from './build-environment.ts'
import { EnvironmentError } from './environment-error.ts'
import type { Environments, EnvironmentRequest } from './environments.ts'
import { type ImageMapping, mappingOf } from './image-mapping.ts'
import type { AcquireOptions, ImageEnvironments, PythonWish } from './interpreters.ts'
import type { LayerSecrets } from './layer-options.ts'

/** What `build-image` is asked for. */
export interface ImageRequest {
  /** URI of a serialized flyteidl2.imagebuilder.ImageSpec. */
  readonly specUri: string
  /** URI of an archive of the files that its layers name; empty for none. */
  readonly contextUri: string
  /** The name that the image is to have, with its tag. */
  readonly target: string
  /** The run that asks. */
  readonly run: RunKey
  /** Builds it although it is there, with what the package index has now. Tasks of the earlier build keep that. */
  readonly isForced: boolean
}

/** An image that a client need not build. */
export interface KnownImage {
  /** What tasks name it. */
  readonly reference: string
  /** The run that built it; null for one that is mapped to an environment of the machine. */
  readonly run: RunKey | null
}

export interface ImagesOptions {
  readonly repository: ImagesRepository
  readonly storage: Storage
  readonly environments: Environments
  readonly secrets: SecretSource
  readonly mappings: ReadonlyArray<ImageMapping>
  readonly clock: Clock
}

const maxSpecBytes = 4 * 1024 * 1024
const maxContextBytes = 512 * 1024 * 1024
const knownMs = 5_000
const maxKnown = 1_000

/** Images that clients have built by this server: environments, which tasks find by the names of their images. */
export class Images implements ImageEnvironments {
  readonly #options: ImagesOptions
  /** What the database said lately of names that tasks have. */
  readonly #known = new Map<string, { readonly at: number; readonly image: Promise<BuiltImage | undefined> }>()

  constructor(options: ImagesOptions) {
    this.#options = options
  }

  /** By name and tag. Throws NotFoundError for what was neither built nor mapped to anything. */
  async get(name: string): Promise<KnownImage> {
    const { repository, mappings } = this.#options
    if (mappingOf(name, mappings) !== undefined) return { reference: name, run: null }
    const image = await repository.find(name)
    if (image !== undefined && (await this.#hasRecipe(image.digest))) {
      return { reference: referenceOf(name, image.digest), run: image.run }
    }
    throw new NotFoundError(`the image ${name} has not been built`, {
      hint: 'Clients build it by themselves, with the task build-image of the project system.',
    })
  }

  /**
   * Builds the environment of an image, unless it is there. Resolves to its reference.
   *
   * @throws InvalidArgumentError, NotFoundError and whatever storage throws, when what it is made of cannot be read
   */
  async build(
    { specUri, contextUri, target, run, isForced }: ImageRequest,
    options: AcquireOptions,
  ): Promise<string | { readonly failure: TaskFailure }> {
    const { storage, environments, repository, clock } = this.#options
    if (nameOf(target) === '') throw new InvalidArgumentError(`target_image: ${JSON.stringify(target)} is no name`)
    const spec = await storage.read(specUri, { maxBytes: maxSpecBytes })
    const context = contextUri === '' ? null : await storage.read(contextUri, { maxBytes: maxContextBytes })
    const recipe = { spec: decodeSpec(spec, specUri), context }
    const digest = digestOf(recipe, isForced ? JSON.stringify(run) : '')
    const request = { digest, image: target, recipe: async () => recipe, secrets: () => this.#secrets(recipe, run) }
    const environment = await environments.acquire(request, options)
    if ('failure' in environment) return environment
    environment.release()
    // First what the image is made of: whoever knows its name finds that.
    if (context !== null) await storage.write(this.#contextUri(digest), context)
    await storage.write(this.#specUri(digest), spec)
    await repository.record({ name: nameOf(target), digest, run, builtAt: clock.now() })
    this.#known.delete(nameOf(target))
    return referenceOf(target, digest)
  }

  async acquire({ image, scope }: PythonWish, options: AcquireOptions) {
    const digest = await this.#digestOf(image, options)
    if (digest === undefined || !(await this.#hasRecipe(digest))) return undefined
    const recipe = () => this.#recipe(image, digest)
    const request: EnvironmentRequest = {
      digest,
      image,
      recipe,
      secrets: async () => await this.#secrets(await recipe(), scope),
    }
    return await this.#options.environments.acquire(request, options)
  }

  /** Of an image that was built here, under the name that it was given or under the one that the client knows. */
  async #digestOf(image: string, { onLog }: AcquireOptions): Promise<string | undefined> {
    const [, digest] = /@sha256:([0-9a-f]{64})$/.exec(image) ?? []
    if (digest !== undefined) return digest
    // Clients make the tag of what has layers out of them.
    if (!/:[0-9a-f]{32}$/.test(image)) return undefined
    const built = await this.#findKnown(nameOf(image))
    if (built === undefined) {
      onLog(
        `warning: the image ${image} was not built by this server: the task runs without what its layers install. ` +
          'Have it built here with "image: {builder: remote}" in the config file of flyte.',
      )
    }
    return built?.digest
  }

  async #findKnown(name: string): Promise<BuiltImage | undefined> {
    const { repository, clock } = this.#options
    const now = clock.now()
    const known = this.#known.get(name)
    if (known !== undefined && now - known.at < knownMs) return await known.image
    if (this.#known.size >= maxKnown) this.#known.clear()
    const image = repository.find(name)
    this.#known.set(name, { at: now, image })
    image.catch(() => this.#known.delete(name))
    return await image
  }

  async #recipe(image: string, digest: string): Promise<Recipe> {
    const { storage } = this.#options
    try {
      const spec = fromBinary(ImageSpecSchema, await storage.read(this.#specUri(digest), { maxBytes: maxSpecBytes }))
      const hasContext = await storage.exists(this.#contextUri(digest))
      return { spec, context: hasContext ? await storage.read(this.#contextUri(digest)) : null }
    } catch (error) {
      if (!isTernError(error) || error.code !== 'not_found') throw error
      throw new EnvironmentError(`what ${image} is made of is not stored any more`, {
        hint: 'Deploy or run the task again.',
        cause: error,
      })
    }
  }

  async #secrets(recipe: Recipe, scope: Pick<RunKey, 'project' | 'domain'>): Promise<LayerSecrets> {
    const names = secretNames(recipe.spec)
    if (names.length === 0) return new Map()
    const values = await this.#options.secrets.values(scope, names)
    const missing = names.filter((name) => !values.has(name))
    if (missing.length > 0) {
      throw new EnvironmentError(`there is no secret ${missing.join(', ')} in ${scope.project}/${scope.domain}`, {
        hint: 'Create it with: flyte create secret NAME.',
      })
    }
    return new Map([...values].map(([name, value]) => [name, new TextDecoder().decode(value)]))
  }

  async #hasRecipe(digest: string): Promise<boolean> {
    return await this.#options.storage.exists(this.#specUri(digest))
  }

  #specUri(digest: string): string {
    const { storage } = this.#options
    return storage.join(storage.root, 'images', digest, 'spec.pb')
  }

  #contextUri(digest: string): string {
    const { storage } = this.#options
    return storage.join(storage.root, 'images', digest, 'context.tar.gz')
  }
}

function decodeSpec(bytes: Uint8Array, uri: string): ImageSpec {
  try {
    return fromBinary(ImageSpecSchema, bytes)
  } catch (cause) {
    throw new InvalidArgumentError(`spec: ${uri} does not hold an image`, { field: 'spec', cause })
  }
}

/** What tasks name an image: the name that was asked for, and what it is made of. */
function referenceOf(target: string, digest: string): string {
  return `${target}@sha256:${digest}`
}

/** Without the registry. */
function nameOf(target: string): string {
  return target.slice(target.lastIndexOf('/') + 1)
}

/** @param build tells builds of the same layers apart; empty for all that need not be */
function digestOf({ spec, context }: Recipe, build: string): string {
  // For other machines there is nothing to build.
  const hash = createHash('sha256').update(toBinaryDeterministic(ImageSpecSchema, { ...spec, platform: [] }))
  if (context !== null) hash.update(createHash('sha256').update(context).digest())
  if (build !== '') hash.update(build)
  return hash.digest('hex')
}

function secretNames({ layers }: ImageSpec): string[] {
  const mounts = layers.flatMap(({ layer }) => {
    const { value } = layer
    return value !== undefined && 'secretMounts' in value ? value.secretMounts : []
  })
  return [...new Set(mounts.map(({ key }) => key))].sort()
}
