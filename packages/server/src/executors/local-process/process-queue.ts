import type { TaskFailure } from '@tern/core'
import type { TaskPython } from '../../images/interpreters.ts'
import type { Attempt, PoolLoad } from '../executor.ts'
import type { ContainerData } from './container-data.ts'
import { residentMemoryOf } from './process-memory.ts'
import type { TaskProcess } from './task-process.ts'
import { reusePoolOf } from './warm-python.ts'

/** An attempt that waits for its process, or has one. */
export interface Entry {
  readonly attempt: Attempt
  /** Nobody waits for it any more. */
  readonly abandoned: AbortController
  process: TaskProcess | null
  /** What it runs with, once that is chosen. */
  python: TaskPython | null
  startedAt: number
  /** Its folder, once it has one. */
  workingDir: string
  /** Its inputs and outputs, where they are files for it. */
  data: ContainerData | null
  /** Others may refer to files in its working folder. */
  isWorkKept: boolean
  oomKills: number
  /** Why it was killed, if it used more than it may. */
  exceeded: TaskFailure | null
  cancelled: boolean
  /** It only waits for its children, and takes nobody's place. */
  isWaiting: boolean
  /** Nothing of it runs any more. */
  readonly done: PromiseWithResolvers<void>
}

/** Attempts that wait for a place, and those that have one. */
export class ProcessQueue {
  readonly running = new Set<Entry>()
  readonly #limit: number
  /** Higher priorities first, each in the order that they came. */
  readonly #waiting: Entry[] = []

  /** @param limit processes that work at the same time; those that wait for children are not counted */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(attempt: Attempt): Entry {
    const entry: Entry = {
      attempt,
      abandoned: new AbortController(),
      process: null,
      python: null,
      startedAt: 0,
      workingDir: '',
      isWorkKept: false,
      data: null,
      oomKills: 0,
      exceeded: null,
      cancelled: false,
      isWaiting: false,
      done: Promise.withResolvers(),
    }
    const before = this.#waiting.findLastIndex((other) => other.attempt.priority >= attempt.priority)
    this.#waiting.splice(before + 1, 0, entry)
    return entry
  }

  get load(): PoolLoad {
    const workers = [...this.running].map(({ process, isWaiting }) => {
      const pid = process?.pid ?? 0
      const state = process === null ? ('starting' as const) : ('busy' as const)
      const memoryBytes = pid === 0 ? 0 : residentMemoryOf(pid)
      return { pid, state, attempts: 1, parents: isWaiting ? 1 : 0, idleSince: null, memoryBytes }
    })
    const pending = this.#waiting.filter(({ cancelled }) => !cancelled).length
    return { kind: 'process', environment: '', bundle: '', workers, maxWorkers: this.#limit, pending }
  }

  /** The next that there is a place for, which has it from now on. */
  take(): Entry | undefined {
    const working = [...this.running].filter(({ isWaiting }) => !isWaiting)
    if (working.length >= this.#limit) return undefined
    for (;;) {
      const index = this.#waiting.findIndex((entry) => entry.cancelled || hasPlace(entry, working))
      const [entry] = index === -1 ? [] : this.#waiting.splice(index, 1)
      if (entry?.cancelled === true) continue
      if (entry !== undefined) this.running.add(entry)
      return entry
    }
  }
}

/** An environment for reuse has as many as its replicas do at once. */
function hasPlace({ attempt }: Entry, working: ReadonlyArray<Entry>): boolean {
  const pool = reusePoolOf(attempt)
  if (pool === undefined) return true
  const busy = working.filter((other) => reusePoolOf(other.attempt) === pool)
  return busy.length < (attempt.policy.reuse?.capacity ?? 0)
}
