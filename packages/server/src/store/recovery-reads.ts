import type { ActionRecord, SpecRow } from './engine-store.ts'

/** A trace of an earlier run. */
export interface EarlierTrace {
  readonly action: ActionRecord
  readonly spec: SpecRow
}

/** What recovery reads beside single actions. */
export interface RecoveryReads {
  /** Traces that an action recorded and that succeeded. */
  tracesOf(runId: number, parent: string): Promise<ReadonlyArray<EarlierTrace>>
  /** The parents of actions, each once. */
  parentsOf(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>>
}
