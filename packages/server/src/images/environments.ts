import { mkdir, readdir } from 'node:fs/promises'
import type { Clock, TaskFailure } from '@tern/core'
import type { Logger } from 'pino'
import { failureOf } from '../engine/failure-kinds.ts'
import { buildEnvironment, type BuildOptions, type Recipe } from './build-environment.ts'
import { EnvironmentError } from './environment-error.ts'
import { EnvironmentFolder, type FinishedEnvironment } from './environment-folder.ts'
import type { AcquireOptions, ImageEnvironment } from './interpreters.ts'
import type { LayerSecrets } from './layer-options.ts'

/** Which environments are kept that nothing uses. */
export interface EnvironmentPolicy {
  /** How long after their last use, in milliseconds; half an hour at least. Defaults to 30 days. */
  readonly keepMs?: number | undefined
  /** How large all of them may be together, in bytes: those that were not used for longest go first. Defaults to 20 GiB. */
  readonly maxBytes?: number | undefined
}

export interface EnvironmentsOptions extends Pick<BuildOptions, 'machine'> {
  /** Where they are. */
  readonly folder: string
  readonly policy?: EnvironmentPolicy | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** An environment as somebody needs it. */
export interface EnvironmentRequest {
  /** Says what it is made of: the same digest means the same environment. */
  readonly digest: string
  /** Shown in messages. */
  readonly image: string
  /** Asked only if it has to be built. */
  readonly recipe: () => Promise<Recipe>
  readonly secrets: () => Promise<LayerSecrets>
}

export type EnvironmentOutcome = ImageEnvironment | { readonly failure: TaskFailure }

interface Build {
  readonly result: Promise<TaskFailure | undefined>
  readonly log: string[]
  readonly listeners: Set<(line: string) => void>
  readonly abandoned: AbortController
  waiting: number
}

const isDigest = /^[0-9a-f]{64}$/
const maxBuilds = 2
const shownLines = 15
const keptLines = 5_000
const defaultKeepMs = 30 * 24 * 60 * 60 * 1000
const defaultMaxBytes = 20 * 1024 ** 3
const sweepMs = 10 * 60 * 1000
// Other servers note every now and then what they use.
const leastUnusedMs = 3 * sweepMs

/** The environments that were built for images, each once for all that need it at the same time. */
export class Environments {
  readonly #options: EnvironmentsOptions
  /** By digest. */
  readonly #builds = new Map<string, Build>()
  /** By digest: how many use it. */
  readonly #uses = new Map<string, number>()
  readonly #queue: Array<() => void> = []
  readonly #stopping = new AbortController()
  #building = 0
  #sweeping: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(options: EnvironmentsOptions) {
    this.#options = options
  }

  /** Looks after what is there, from now on. */
  start(): void {
    this.#timer = setInterval(() => this.#sweepSoon(), sweepMs)
    this.#timer.unref()
    this.#sweepSoon()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopping.abort()
    const builds = [...this.#builds.values()]
    for (const build of builds) build.abandoned.abort()
    await Promise.all([this.#sweeping, ...builds.map(({ result }) => result)])
  }

  /**
   * The environment, built if it is not there: whoever asks meanwhile waits for the same build, and is told its log from
   * the beginning. It stays for as long as it is not released. Never rejects.
   */
  async acquire(request: EnvironmentRequest, options: AcquireOptions): Promise<EnvironmentOutcome> {
    for (;;) {
      const found = await this.#take(request.digest)
      if (found !== undefined) return found
      if (this.#stopping.signal.aborted || options.signal.aborted) return { failure: nobodyWaits(request.image) }
      const failure = await this.#join(this.#builds.get(request.digest) ?? this.#begin(request), options, request)
      if (failure !== undefined) return { failure }
    }
  }

  async #take(digest: string): Promise<ImageEnvironment | undefined> {
    const folder = this.#folderOf(digest)
    const release = this.#use(digest)
    const found = await folder.find()
    if (found !== undefined && (await folder.touch())) return toImageEnvironment(found, release)
    release()
    return undefined
  }

  /** From here on it is not removed. */
  #use(digest: string): () => void {
    this.#uses.set(digest, (this.#uses.get(digest) ?? 0) + 1)
    let isUsed = true
    return () => {
      if (!isUsed) return
      isUsed = false
      const left = (this.#uses.get(digest) ?? 1) - 1
      if (left > 0) return void this.#uses.set(digest, left)
      this.#uses.delete(digest)
      // Its last use is now.
      void this.#folderOf(digest).touch()
    }
  }

  async #join(build: Build, { signal, onLog }: AcquireOptions, { digest, image }: EnvironmentRequest) {
    const listener = (line: string) => onLog(line)
    for (const line of build.log) listener(line)
    build.listeners.add(listener)
    build.waiting += 1
    const gone = Promise.withResolvers<TaskFailure>()
    const leave = () => gone.resolve(nobodyWaits(image))
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    const failure = await Promise.race([build.result, gone.promise])
    signal.removeEventListener('abort', leave)
    build.listeners.delete(listener)
    build.waiting -= 1
    if (build.waiting === 0) {
      // Whoever comes from now on begins another one.
      if (this.#builds.get(digest) === build) this.#builds.delete(digest)
      build.abandoned.abort()
    }
    return failure
  }

  #begin(request: EnvironmentRequest): Build {
    const log: string[] = []
    const listeners = new Set<(line: string) => void>()
    const abandoned = new AbortController()
    const onLog = (line: string) => {
      log.push(line)
      if (log.length > keptLines) log.shift()
      for (const listener of listeners) listener(line)
    }
    const result = this.#run(request, abandoned.signal, onLog)
    const build: Build = { result, log, listeners, abandoned, waiting: 0 }
    this.#builds.set(request.digest, build)
    void result.then(() => this.#builds.get(request.digest) === build && this.#builds.delete(request.digest))
    return build
  }

  /** Resolves to the reason when it does not work. */
  async #run(
    request: EnvironmentRequest,
    signal: AbortSignal,
    onLog: (line: string) => void,
  ): Promise<TaskFailure | undefined> {
    const { machine, clock, logger } = this.#options
    const startedAt = clock.now()
    const done = await this.#turn()
    try {
      const [recipe, secrets] = await Promise.all([request.recipe(), request.secrets()])
      onLog(`building the environment of ${request.image}`)
      const work = (folder: string) => buildEnvironment(recipe, { folder, machine, secrets, signal, onLog })
      await this.#folderOf(request.digest).build(work, signal)
      const seconds = ((clock.now() - startedAt) / 1000).toFixed(1)
      onLog(`the environment is ready, after ${seconds} s`)
      logger.info({ image: request.image, digest: request.digest, seconds }, 'built the environment of an image')
      this.#sweepSoon()
      return undefined
    } catch (error) {
      if (signal.aborted) return nobodyWaits(request.image)
      const failure = toFailure(request.image, error)
      const { image, digest } = request
      // What its user has to put right is in the error of the task.
      if (failure.kind === 'user') logger.info({ image, digest, reason: failure.message }, 'an image cannot be built')
      else logger.warn({ image, digest, err: error }, 'an image could not be built')
      return failure
    } finally {
      done()
    }
  }

  /** Builds load the machine: a few at a time. */
  async #turn(): Promise<() => void> {
    if (this.#building >= maxBuilds) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#building += 1
    return () => {
      const next = this.#queue.shift()
      if (next === undefined) this.#building -= 1
      else next()
    }
  }

  #folderOf(digest: string): EnvironmentFolder {
    return new EnvironmentFolder(this.#options.folder, digest)
  }

  #sweepSoon(): void {
    this.#sweeping = this.#sweeping.then(() =>
      this.sweep().catch((err: unknown) => {
        this.#options.logger.error({ err }, 'environments that nothing uses could not be removed')
      }),
    )
  }

  /** Removes what the policy does not keep. What is in use, here or elsewhere, stays. */
  async sweep(): Promise<void> {
    const { folder, policy, clock, logger } = this.#options
    const { keepMs = defaultKeepMs, maxBytes = defaultMaxBytes } = policy ?? {}
    await mkdir(folder, { recursive: true })
    const all: Array<FinishedEnvironment & { readonly digest: string }> = []
    for (const digest of (await readdir(folder)).filter((name) => isDigest.test(name))) {
      const place = this.#folderOf(digest)
      if (this.#uses.has(digest)) await place.touch()
      await place.clean()
      const found = await place.find()
      if (found !== undefined) all.push({ ...found, digest })
    }
    let bytes = all.reduce((sum, each) => sum + each.bytes, 0)
    for (const each of all.toSorted((a, b) => a.usedAt - b.usedAt)) {
      const unusedMs = clock.now() - each.usedAt
      const isKept = unusedMs < keepMs && bytes <= maxBytes
      if (isKept || unusedMs < leastUnusedMs || this.#uses.has(each.digest)) continue
      if (!(await this.#folderOf(each.digest).remove(each.usedAt))) continue
      bytes -= each.bytes
      logger.info({ digest: each.digest, bytes: each.bytes }, 'removed an environment that nothing uses')
    }
  }
}

function toImageEnvironment({ venv, env, files }: FinishedEnvironment, release: () => void): ImageEnvironment {
  return { folder: venv, env, files, release }
}

function nobodyWaits(image: string): TaskFailure {
  return interrupted(`the environment of ${image} was not finished, because nobody waited for it any more`)
}

function toFailure(image: string, error: unknown): TaskFailure {
  const what = `the environment of ${image} cannot be built`
  if (!(error instanceof EnvironmentError)) {
    return interrupted(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const { message, hint, lines, isTransient } = error
  const end = lines.length === 0 ? '' : `\n${lines.slice(-shownLines).join('\n')}`
  const whole = `${what}: ${message}${hint === undefined ? '' : `. ${hint}`}${end}`
  if (isTransient) return interrupted(whole)
  return failureOf('ImageBuildFailed', whole)
}

function interrupted(message: string): TaskFailure {
  return failureOf('ImageBuildInterrupted', message)
}
