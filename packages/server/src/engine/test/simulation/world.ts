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
  readonly store: MemoryStore
  readonly mail: Mail
  readonly promises: Promises
  readonly plan: Plan
  /** Actions of a run that may be busy at once; 0 for no limit. */
  readonly limit: number
  /** The queues of the server; undefined for none. */
  readonly queues: Readonly<Record<string, QueueOptions>> | undefined
  /** The server as it is now. */
  readonly engine: TernEngine
  /** How many servers there have been. */
  readonly lives: number
  /** Whether things still go wrong. */
  readonly isFaulty: boolean
  /** Whether changes wait to be committed. */
  readonly hasUncommitted: boolean
  readonly note: (text: string) => void
  /** Something that no check expects went wrong. */
  readonly onBreach: (error: unknown) => void
}

/** The name and the number of the run that is simulated at the moment. */
export interface CurrentRun {
  readonly id: number
  readonly name: string
}

export function rowOf(world: World, runId: number, action: string): ActionRecord | undefined {
  return world.store.actions.get(`${runId}/${action}`)
}

export function hasEnded(row: ActionRecord | undefined): boolean {
  return row !== undefined && row.state.endedAt !== null
}
