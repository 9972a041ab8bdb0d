import { cp } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Clock, retryInPlace, type TaskFailure } from '@tern/core'
import { isTransientFault, makeFolder, type Storage } from '@tern/core/storage'
import type { Logger } from 'pino'
import type { SpecRecord } from '../../engine/model.ts'
import type { TaskPolicy } from '../../engine/task-policy.ts'
import type { PythonOutcome, PythonSource } from '../../images/interpreters.ts'
import type { Attempt, Executor, ExecutorHost, PoolLoad, StartedAttempt } from '../executor.ts'
import { oomKills } from '../oom-kills.ts'
import { type PreparedSecrets, prepareSecrets, type SecretSource } from '../task-secrets.ts'
import { LogLine_Stream } from '@tern/idl/worker'
import { type CommandParts, commandOf, flyteCommand } from './attempt-command.ts'
import { ContainerData } from './container-data.ts'
import { Endings } from './endings.ts'
import { endLeftover } from './leftovers.ts'
import { LineLog } from './line-log.ts'
import { MemoryWatch } from './memory-watch.ts'
import { previousCheckpoint } from './checkpoints.ts'
import { type AttemptPaths, pathsOf } from './paths.ts'
import { type Entry, ProcessQueue } from './process-queue.ts'
import { type ProcessRecord, ProcessRecords } from './process-records.ts'
import { SecretFolders } from './secret-folder.ts'
import { type ProcessExit, spawnProcess } from './started-process.ts'
import { TaskProcess } from './task-process.ts'
import { cannotPrepare, outOfMemory, readVerdict, storageUnavailable, type Verdict } from './verdict.ts'
import { WarmPython } from './warm-python.ts'
import { refersTo, WorkFolders } from './work-folders.ts'

export interface LocalProcessOptions {
  readonly org: string
  readonly storage: Storage
  readonly secrets: SecretSource
  /** Folder for the working folders of attempts. */
  readonly workDir: string
  /** Chooses the Python that runs a task. */
  readonly interpreters: PythonSource
  /** Processes that work at the same time; those that wait for children are not counted. Defaults to twice the processors. */
  readonly maxProcesses?: number | undefined
  /**
   * Python tasks are forked from processes that have imported what all of them need. Only where that is safe, on Linux; on by
   * default.
   */
  readonly warmPython?: boolean | undefined
  /** How long such a process is kept with nothing to do, in milliseconds. Defaults to a minute. */
  readonly idleMs?: number | undefined
  /** How long a cancelled task may take to stop, in milliseconds. Defaults to 10 seconds. */
  readonly graceMs?: number | undefined
  /** Where tasks reach this server, `host:port`. Asked when the first one starts. */
  readonly endpoint: () => string
  readonly clock: Clock
  readonly logger: Logger
}

/** Runs container tasks of any language as plain processes on this machine: Python's, and whatever has a command. */
export class LocalProcessExecutor implements Executor {
  readonly name = 'local-process'
  readonly usesCapacity = true
  readonly #options: LocalProcessOptions
  readonly #host: ExecutorHost
  readonly #queue: ProcessQueue
  readonly #records: ProcessRecords
  readonly #secretFolders: SecretFolders
  readonly #warm: WarmPython | null
  readonly #endings = new Endings()
  readonly #memory = new MemoryWatch()
  readonly #folders: WorkFolders
  readonly #stopping = new AbortController()
  readonly #stopped: Promise<void>
  #isStopping = false

  constructor(host: ExecutorHost, options: LocalProcessOptions) {
    this.#host = host
    this.#options = options
    this.#queue = new ProcessQueue(options.maxProcesses ?? 2 * availableParallelism())
    this.#records = new ProcessRecords(join(options.workDir, '.processes'))
    this.#secretFolders = new SecretFolders(join(options.workDir, '.secrets'))
    this.#folders = new WorkFolders(options.logger)
    this.#warm = this.#createWarm()
    this.#stopped = new Promise((resolve) => this.#stopping.signal.addEventListener('abort', () => resolve()))
    for (const record of this.#records.left()) this.#endLeftover(record)
  }

  accepts(spec: SpecRecord, policy: TaskPolicy): boolean {
    return spec.taskType !== 'typescript' && policy.container !== null
  }

  start(attempt: Attempt): StartedAttempt {
    const entry = this.#queue.add(attempt)
    // Not at once: the engine has not taken note of the attempt yet.
    setImmediate(() => this.#pump())
    return {
      cancel: () => {
        entry.cancelled = true
        entry.abandoned.abort()
        entry.process?.stop()
        if (!this.#queue.running.has(entry)) return undefined
        this.#endings.add(actionOf(attempt), entry.done.promise)
        return entry.done.promise
      },
      // A process hears of its children over the API.
      deliver: () => {},
      waits: (isWaiting) => {
        entry.isWaiting = isWaiting
        if (isWaiting) this.#keepWork(entry)
        if (isWaiting) this.#pump()
      },
    }
  }

  pools(): ReadonlyArray<PoolLoad> {
    const { load } = this.#queue
    const own = load.workers.length > 0 || load.pending > 0 ? [load] : []
    return [...own, ...(this.#warm?.loads ?? [])]
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#stopping.abort()
    const { running } = this.#queue
    const ended = [...running].map(({ done }) => done.promise)
    for (const entry of running) {
      entry.abandoned.abort()
      entry.process?.kill()
    }
    await this.#warm?.stop()
    await Promise.all([...ended, this.#endings.all()])
    await Promise.all([...running].map((entry) => this.#clear(entry)))
    await this.#folders.settle()
    this.#secretFolders.clear()
  }

  #createWarm(): WarmPython | null {
    const { warmPython = true, workDir, idleMs = 60_000, storage, logger } = this.#options
    if (!warmPython || process.platform !== 'linux') return null
    const folder = join(workDir, '.warm')
    return new WarmPython({ folder, graceMs: this.#graceMs, idleMs, storage, clock: this.#options.clock, logger })
  }

  async #clear({ workingDir, isWorkKept }: Entry): Promise<void> {
    if (!isWorkKept) await this.#folders.clear(workingDir)
  }

  /** A server that was killed could not end what it had started. */
  #endLeftover(record: ProcessRecord): void {
    this.#options.logger.warn({ pid: record.pid, action: record.action }, 'ending a process of an earlier server')
    const ended = endLeftover(record, { graceMs: this.#graceMs, signal: this.#stopping.signal })
      .catch((err: unknown) => {
        this.#options.logger.error({ err, pid: record.pid }, 'a process of an earlier server could not be ended')
      })
      .then(() => this.#records.remove(record.pid))
      .then(() => this.#folders.clear(record.workingDir ?? ''))
    this.#endings.add(record.action, ended)
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? 10_000
  }

  #pump(): void {
    while (!this.#isStopping) {
      const entry = this.#queue.take()
      if (entry === undefined) return
      this.#host.dispatched(entry.attempt.handle)
      this.#launch(entry).catch((error: unknown) => {
        entry.process?.kill()
        this.#fail(entry, cannotPrepare(error))
      })
    }
  }

  async #launch(entry: Entry): Promise<void> {
    const { attempt } = entry
    const { storage, workDir } = this.#options
    await this.#endings.of(actionOf(attempt))
    const paths = pathsOf(attempt, workDir, await previousCheckpoint(storage, attempt))
    entry.workingDir = paths.workingDir
    const python = await this.#choosePython(entry)
    if (python.outcome === 'ready') entry.python = python
    else if (!entry.cancelled && !this.#isStopping) return this.#fail(entry, python.failure)
    await this.#prepare(entry, paths)
    entry.data = await ContainerData.stage({ attempt, paths, storage })
    const secrets = await prepareSecrets(this.#options.secrets, attempt.run, attempt.policy.secrets)
    if (entry.cancelled || this.#isStopping) return this.#release(entry)
    if (secrets.outcome === 'failed') return this.#fail(entry, secrets.failure)
    const { org, endpoint } = this.#options
    await this.#run(entry, {
      attempt,
      paths,
      python: entry.python,
      secrets: this.#hand(attempt, secrets),
      data: entry.data,
      org,
      endpoint: endpoint(),
    })
  }

  async #run(entry: Entry, parts: CommandParts): Promise<void> {
    const { attempt, paths } = parts
    const command = commandOf(parts)
    entry.oomKills = oomKills()
    entry.startedAt = this.#options.clock.now()
    const launched = new TaskProcess({
      process: (await this.#warm?.start(command, parts)) ?? spawnProcess(command),
      graceMs: this.#graceMs,
      onLog: (chunk, lineCount) => this.#host.log(attempt.handle, chunk, lineCount),
      stored: () => Promise.race([this.#host.stored(), this.#stopped]),
      onExit: (exit, lastLines) => void this.#onExit(entry, paths, exit, lastLines),
      clock: this.#options.clock,
    })
    entry.process = launched
    void launched.ended.then(entry.done.resolve)
    this.#record(launched, entry)
    this.#limit(entry, launched)
    if (this.#isStopping) launched.kill()
    else if (entry.cancelled) launched.stop()
    else this.#host.started(attempt.handle, entry.startedAt)
  }

  #limit(entry: Entry, launched: TaskProcess): void {
    const { memoryLimitBytes } = entry.attempt.policy
    if (launched.pid === undefined || memoryLimitBytes === null) return
    const onExceeded = (usedBytes: number) => {
      entry.exceeded = outOfMemory(usedBytes, memoryLimitBytes)
      launched.kill()
    }
    void launched.ended.then(this.#memory.watch({ group: launched.pid, limitBytes: memoryLimitBytes, onExceeded }))
  }

  /** Its children may have been handed files that are in its working folder: that goes with the run. */
  #keepWork(entry: Entry): void {
    if (entry.isWorkKept) return
    entry.isWorkKept = true
    if (entry.process !== null) this.#note(entry.process, entry)
  }

  #record(launched: TaskProcess, entry: Entry): void {
    const { pid, ended } = launched
    if (pid === undefined) return
    this.#note(launched, entry)
    void ended.then(() => this.#records.remove(pid))
  }

  #note({ pid, forks }: TaskProcess, { attempt, workingDir, isWorkKept }: Entry): void {
    if (pid === undefined) return
    const about = { action: actionOf(attempt), runBase: attempt.runBase, forks }
    this.#records.add(pid, { ...about, workingDir: isWorkKept ? '' : workingDir })
  }

  /** The environment of the task's image may have to be built first: then the attempt's log says how that goes. */
  async #choosePython({ attempt, abandoned }: Entry): Promise<PythonOutcome> {
    const { handle, policy } = attempt
    const { clock } = this.#options
    const log = new LineLog({ clock, onChunk: (chunk, lineCount) => this.#host.log(handle, chunk, lineCount) })
    const { image = '', command = [], args = [] } = policy.container ?? {}
    const scope = attempt.run
    const wish = {
      image,
      scope,
      flyteVersion: policy.flyteVersion,
      runsFlyte: [...command, ...args][0] === flyteCommand,
    }
    const outcome = await this.#options.interpreters.acquire(wish, {
      signal: abandoned.signal,
      onLog: (line) => log.add(LogLine_Stream.SYSTEM, line),
    })
    log.flush()
    return outcome
  }

  async #prepare({ attempt, python }: Entry, paths: AttemptPaths): Promise<void> {
    if ('bytes' in attempt.inputs) await this.#options.storage.write(paths.input, attempt.inputs.bytes)
    const makeFolders = async (): Promise<void> => {
      for (const folder of [paths.workingDir, paths.tmpDir, paths.outputPrefix]) await makeFolder(folder)
    }
    await retryInPlace(makeFolders, { isTransient: isTransientFault })
    if (python !== null && python.files !== null) await cp(python.files, paths.workingDir, { recursive: true })
  }

  /** The variables of an attempt's secrets, whose files are there until it ends. */
  #hand({ handle, policy }: Attempt, { env, files }: PreparedSecrets): Record<string, string> {
    if (policy.secrets.length === 0) return {}
    const paths = files.length === 0 ? {} : this.#secretFolders.fill(handle, files)
    return { FLYTE_SECRETS_ENV_PREFIX: '_UNION_', ...paths, ...env }
  }

  async #onExit(entry: Entry, paths: AttemptPaths, exit: ProcessExit, lastLines: ReadonlyArray<string>): Promise<void> {
    if (this.#isStopping) return
    const { attempt } = entry
    if (entry.exceeded !== null && exit.signal === 'SIGKILL') return this.#fail(entry, entry.exceeded)
    const missing = exit.code === 0 ? await entry.data?.collect() : undefined
    if (missing !== undefined) return this.#fail(entry, missing)
    const { storage } = this.#options
    const { hasOutputs } = attempt.policy
    const hasMachineRunOut = oomKills() > entry.oomKills
    const place = { workingDir: paths.workingDir, python: entry.python?.python ?? null }
    const saysByExitCode = attempt.spec.taskType === 'raw-container'
    const ending = { exit, hasOutputs, saysByExitCode, lastLines, prefix: paths.outputPrefix, hasMachineRunOut, place }
    const verdict = await readVerdict(storage, ending).catch(
      (error: unknown): Verdict => ({ outcome: 'failed', failure: storageUnavailable(error) }),
    )
    const now = this.#options.clock.now()
    if (verdict.outcome === 'failed') return this.#fail(entry, verdict.failure)
    entry.isWorkKept ||= await refersTo(storage, verdict.outputs, paths.workingDir)
    this.#host.succeeded(attempt.handle, verdict.outputs, 0, now)
    this.#release(entry)
  }

  #fail(entry: Entry, failure: TaskFailure): void {
    this.#host.failed(entry.attempt.handle, failure, 0, this.#options.clock.now())
    this.#release(entry)
  }

  #release(entry: Entry): void {
    this.#queue.running.delete(entry)
    void this.#clear(entry)
    entry.done.resolve()
    entry.python?.release()
    if (entry.attempt.policy.secrets.length > 0) this.#secretFolders.remove(entry.attempt.handle)
    this.#pump()
  }
}

function actionOf({ run, action }: Attempt): string {
  return [run.project, run.domain, run.run, action].join('/')
}
