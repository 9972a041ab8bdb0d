import type { Attempt } from '../../../executors/executor.ts'
import type { ActionRecord } from '../../../store/engine-store.ts'
import type { TernEngine } from '../../engine.ts'
import type { QueueOptions } from '../../limits.ts'
import type { MemoryStore } from '../memory-store.ts'
import type { Promises } from './invariants.ts'
import type { Mail } from './mail.ts'
import type { Plan } from './plan.ts'
import type { Random } from './random.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** What the parts of a simulation share. */
export interface World {
  readonly random: Random
  readonly time: SimulatedTime
  /** What is committed. */
  readonly store: MemoryStore
  readonly mail: Mail
  readonly promises: Promises
  readonly plan: Plan
  /** Actions of a run that may be busy at once; 0 for no limit. */
  readonly limit: number
  /** The queues of the servers; undefined for none. */
  readonly queues: Readonly<Record<string, QueueOptions>> | undefined
  /** Those whose processes run. One that was taken for dead may not know it yet. */
  readonly servers: ReadonlyArray<Server>
  /** Whether things still go wrong. */
  readonly isFaulty: boolean
  readonly note: (text: string) => void
  /** Something that no check expects went wrong. */
  readonly onBreach: (error: unknown) => void
}

export interface Server {
  /** Never given to another. */
  readonly id: number
  readonly engine: TernEngine
  /** Its process has ended. */
  readonly isDead: boolean
  /** The others have taken it for dead: what it still does counts for nothing. */
  readonly isStale: boolean
  /** Attempts that its engine has neither given up nor heard the end of. */
  readonly openAttempts: Iterable<OpenAttempt>
}

/** An attempt that has been handed out. */
export interface OpenAttempt {
  readonly attempt: Attempt
  readonly label: string
  /** Names of the children that it has asked for. */
  readonly asked: ReadonlySet<string>
  /** It had live children from the start, of an earlier attempt. */
  readonly hasWaited: boolean
  /** When the engine heard that it runs, by the time that passes; undefined until then. */
  readonly runningAt: number | undefined
}

/** The name and the number of the run that is simulated at the moment; the number is 0 until the run is stored. */
export interface CurrentRun {
  readonly id: number
  readonly name: string
}

export function rowOf(world: World, runId: number, action: string): ActionRecord | undefined {
  return world.store.actions.get(`${runId}/${action}`)
}

/** Whether a run was started by an action of another. Those that people start have short names. */
export function isDetached(run: string): boolean {
  return run.length > 2
}

export function hasEnded(row: ActionRecord | undefined): boolean {
  return row !== undefined && row.state.endedAt !== null
}
