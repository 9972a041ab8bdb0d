import { delimiter, dirname, join } from 'node:path'
import type { TaskFailure } from '@tern/core'
import type { Logger } from 'pino'
import { machineEnv } from '@tern/core/containers'
import { type FailureCode, failureOf } from '../engine/failure-kinds.ts'
import { findPython, type PythonPlace } from './find-python.ts'
import { type ImageMapping, mappingOf } from './image-mapping.ts'
import { MachinePython } from './machine-python.ts'
import type { PythonFacts } from './probe-python.ts'

/** What a task says about the Python that it needs. */
export interface PythonWish {
  /** The reference of its image; empty for none. */
  readonly image: string
  /** The version of Flyte's package that made the task; empty if nobody knows. */
  readonly flyteVersion: string
  /** The task is run by Flyte's package. Others get the environment of their image, where it has one. */
  readonly runsFlyte: boolean
  /** Whose secrets an environment may be built with. */
  readonly scope: { readonly project: string; readonly domain: string }
}

/** A Python that is ready to run a task. */
export interface TaskPython {
  /** Path of the interpreter; null where a task needs none and its image names none. */
  readonly python: string | null
  /** Variables of the environment: they win over those of the machine, and the task's own win over them. */
  readonly env: Readonly<Record<string, string>>
  /** A folder whose contents belong into the working folder of every attempt; null for none. */
  readonly files: string | null
  /** Two attempts with the same key can share what is loaded: interpreter, installed packages and variables are the same. */
  readonly key: string
  /** To be called when nothing of it runs any more: what is not in use may be removed. Calling it again means nothing. */
  release(): void
}

export type PythonOutcome =
  | ({ readonly outcome: 'ready' } & TaskPython)
  | { readonly outcome: 'failed'; readonly failure: TaskFailure }

export interface AcquireOptions {
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal
  /** Called with each line of the log of an environment that has to be built first. */
  readonly onLog: (line: string) => void
}

/** Chooses the Python that runs a task. */
export interface PythonSource {
  /** Resolves at once, or when the environment of the task's image has been built. Rejects if the store cannot be asked. */
  acquire(wish: PythonWish, options: AcquireOptions): Promise<PythonOutcome>
}

/** An environment that was made for an image. */
export interface ImageEnvironment {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly files: string | null
  release(): void
}

export interface ImageEnvironments {
  /** Undefined for an image that was not built here. */
  acquire(
    wish: PythonWish,
    options: AcquireOptions,
  ): Promise<ImageEnvironment | { readonly failure: TaskFailure } | undefined>
}

export interface InterpretersOptions {
  /** What runs tasks whose image says nothing. Defaults to what is active or on the PATH. */
  readonly machine?: MachinePython | undefined
  readonly images?: ReadonlyArray<ImageMapping> | undefined
  readonly environments?: ImageEnvironments | undefined
  readonly logger: Logger
}

/**
 * Chooses by the task's image: what the machine's owner mapped it to, the environment that was built for it, or else the
 * default of the machine.
 */
export class Interpreters implements PythonSource {
  readonly #options: InterpretersOptions
  readonly #machine: MachinePython
  readonly #warned = new Set<string>()

  constructor(options: InterpretersOptions) {
    this.#options = options
    this.#machine = options.machine ?? new MachinePython()
  }

  async acquire(wish: PythonWish, options: AcquireOptions): Promise<PythonOutcome> {
    const mapping = mappingOf(wish.image, this.#options.images ?? [])
    if (mapping !== undefined) {
      return this.#resolve(wish, { name: mapping.python, source: `--image ${mapping.image}` })
    }
    const built = await this.#options.environments?.acquire(wish, options)
    if (built === undefined) return wish.runsFlyte ? this.#resolve(wish, this.#machine.place) : nothing
    if ('failure' in built) return { outcome: 'failed', failure: built.failure }
    const outcome = await this.#resolve(wish, { name: built.folder, source: `the image ${wish.image}` }, built)
    if (outcome.outcome === 'failed') built.release()
    return outcome
  }

  async #resolve(wish: PythonWish, place: PythonPlace, built?: ImageEnvironment): Promise<PythonOutcome> {
    const found = findPython(place.name)
    if (found === undefined) return noPython(place)
    let facts: PythonFacts
    try {
      facts = await this.#machine.probe.ask(found)
    } catch (error) {
      return noWorkingPython(found, place, error)
    }
    if (wish.runsFlyte && facts.flyteVersion === null) return noFlyte(facts, place, wish)
    this.#compareVersions(facts, place, wish)
    const env = { ...(facts.isVirtual ? activated(facts.prefix) : {}), ...built?.env }
    return {
      outcome: 'ready',
      python: facts.executable,
      env,
      files: built?.files ?? null,
      key: JSON.stringify([facts.executable, facts.installedAt, env]),
      release: () => built?.release(),
    }
  }

  /** They agree on what they write to each other within a minor version. */
  #compareVersions({ executable, flyteVersion }: PythonFacts, { source }: PythonPlace, wish: PythonWish): void {
    if (flyteVersion === null || wish.flyteVersion === '' || minorOf(flyteVersion) === minorOf(wish.flyteVersion))
      return
    const warning = `${executable} (${source}) has flyte ${flyteVersion}, and tasks were made with ${wish.flyteVersion}`
    if (this.#warned.has(warning)) return
    this.#warned.add(warning)
    this.#options.logger.warn(`${warning}: install the same minor version on both sides`)
  }
}

const nothing: PythonOutcome = { outcome: 'ready', python: null, env: {}, files: null, key: '', release: () => {} }

/** What activating a virtual environment sets. */
function activated(folder: string): Record<string, string> {
  const { PATH } = machineEnv()
  return { VIRTUAL_ENV: folder, PATH: [join(folder, 'bin'), ...(PATH === undefined ? [] : [PATH])].join(delimiter) }
}

function minorOf(version: string): string {
  return version.replace(/^v/, '').split('.').slice(0, 2).join('.')
}

const otherPython = 'Name another one with tern start --python, or for some images with --image PATTERN=FOLDER.'

function noPython({ name, source }: PythonPlace): PythonOutcome {
  const where = source === 'the PATH' ? 'on the PATH' : `which ${source} names`
  return failed('PythonNotFound', `there is no Python ${JSON.stringify(name)}, ${where}. ${otherPython}`)
}

function noWorkingPython(python: string, { source }: PythonPlace, error: unknown): PythonOutcome {
  const { stderr = '', message = '' } = error as { readonly stderr?: string; readonly message?: string }
  const reason = stderr.trim().split('\n').at(-1) || message
  return failed('PythonNotFound', `${python} (${source}) is no Python that works: ${reason}. ${otherPython}`)
}

function noFlyte(
  { executable, prefix, isVirtual }: PythonFacts,
  { source }: PythonPlace,
  wish: PythonWish,
): PythonOutcome {
  const requirement = wish.flyteVersion === '' ? 'flyte' : `flyte==${wish.flyteVersion}`
  const environment = isVirtual ? `the virtual environment ${prefix}` : dirname(executable)
  return failed(
    'FlyteNotInstalled',
    `the package flyte is not installed in ${environment}, where ${source} has tasks run. ` +
      `Install it with: ${executable} -m pip install ${requirement}. ${otherPython}`,
  )
}

function failed(code: FailureCode, message: string): PythonOutcome {
  return { outcome: 'failed', failure: failureOf(code, message) }
}
