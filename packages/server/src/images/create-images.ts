import { join } from 'node:path'
import type { Clock } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Logger } from 'pino'
import type { SecretSource } from '../executors/task-secrets.ts'
import type { ImagesRepository } from '../store/images-repository.ts'
import { type EnvironmentPolicy, Environments } from './environments.ts'
import { findPython, type PythonPlace } from './find-python.ts'
import type { ImageMapping } from './image-mapping.ts'
import { Images } from './images.ts'
import { Interpreters } from './interpreters.ts'
import { MachinePython } from './machine-python.ts'

export interface CreateImagesOptions {
  readonly dataDir: string
  /** What runs tasks whose image says nothing; what is active or on the PATH if left out. */
  readonly python?: string | undefined
  readonly mappings?: ReadonlyArray<ImageMapping> | undefined
  readonly policy?: EnvironmentPolicy | undefined
  readonly repository: ImagesRepository
  readonly storage: Storage
  readonly secrets: SecretSource
  readonly clock: Clock
  readonly logger: Logger
}

/** What Python tasks run with: the machine's own, and what is built for images. */
export function createImages({ dataDir, python, mappings = [], policy, ...parts }: CreateImagesOptions): {
  readonly environments: Environments
  readonly images: Images
  readonly interpreters: Interpreters
} {
  const machine = new MachinePython(python)
  const named = mappings.map((mapping) => ({ name: mapping.python, source: `--image ${mapping.image}` }))
  if (python !== undefined) named.unshift(machine.place)
  for (const place of named) warnIfMissing(place, parts.logger)
  const environments = new Environments({ ...parts, folder: join(dataDir, 'environments'), machine, policy })
  const images = new Images({ ...parts, environments, mappings })
  return {
    environments,
    images,
    interpreters: new Interpreters({ ...parts, machine, images: mappings, environments: images }),
  }
}

/** Tasks that run in it will fail, and all others need not. */
function warnIfMissing({ name, source }: PythonPlace, logger: Logger): void {
  if (findPython(name) === undefined) logger.warn(`there is no Python ${JSON.stringify(name)}, which ${source} names`)
}
