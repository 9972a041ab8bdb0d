import { isSuccessPhase } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import { ActionType } from '@tern/idl/workflow'
import type {
  ActionRecord,
  AttemptRecord,
  CachedResult,
  EngineBatch,
  EngineStore,
  LiveRun,
  LogChunkRecord,
  ResultRecord,
  RunRecord,
  SpecRow,
  StoredRun,
} from '../../store/engine-store.ts'
import type { EarlierTrace, RecoveryReads } from '../../store/recovery-reads.ts'

const dead = new Error('the server died after the commit')
const full = new Error('the disk is full')
/** A look-up that cannot be answered. */
export const unreadable = new Error('the store cannot be read')

/** Looks at what is written before it is, and throws at what no store must ever be asked to write. */
export interface Inspector {
  action(before: ActionRecord | undefined, after: ActionRecord): void
  attempt(attempt: AttemptRecord): void
  log(chunk: LogChunkRecord): void
  /** The batch has been written. */
  written(): void
}

export interface MemoryStoreOptions {
  /** Awaited by every look-up of an action, after it has looked: the answer may be old when it comes. */
  readonly delay?: () => Promise<void>
  /** Whether something fails now: a write whole, and to be made again, or a look-up. */
  readonly fails?: (what: 'read' | 'write') => boolean
}

/**
 * A store in memory that keeps what is committed and nothing else, and that refuses what no store must ever be asked to
 * write: a change to an action that has ended, or one that belongs under an ended parent.
 */
export class MemoryStore implements EngineStore, RecoveryReads {
  readonly actions = new Map<string, ActionRecord>()
  readonly runs = new Map<number, RunRecord>()
  readonly #specs = new Map<string, SpecRow>()
  readonly #results = new Map<string, ResultRecord>()
  #lastRunId = 0
  inspector: Inspector | undefined
  /** The next batch is written, and whoever wanted it is not told. */
  diesAfterWrite = false
  readonly #delay: () => Promise<void>
  readonly #fails: (what: 'read' | 'write') => boolean

  constructor({ delay = async () => {}, fails = () => false }: MemoryStoreOptions = {}) {
    this.#delay = delay
    this.#fails = fails
  }

  commit(batch: EngineBatch): ReadonlyArray<ActionRecord> | Promise<ReadonlyArray<ActionRecord>> {
    if (this.#fails('write')) throw full
    const refused = this.write(batch)
    if (this.diesAfterWrite) throw dead
    return refused
  }

  protected write(batch: EngineBatch): ReadonlyArray<ActionRecord> {
    const refused: ActionRecord[] = []
    for (const spec of batch.specs) this.#specs.set(spec.digest, spec)
    for (const run of batch.runs) if (!this.#isTaken(run)) this.runs.set(run.id, run)
    for (const action of batch.created) {
      // Another run has the name, and this one never was.
      if (!this.runs.has(action.runId)) {
        refused.push(action)
        continue
      }
      const stored = this.actions.get(keyOf(action))
      if (stored === undefined) this.#create(action)
      else if (!this.isRepeat(stored, action)) refused.push(action)
    }
    for (const action of batch.changed) if (this.runs.has(action.runId)) this.#change(action)
    for (const attempt of batch.attempts) if (this.runs.has(attempt.runId)) this.inspector?.attempt(attempt)
    for (const chunk of batch.logs) if (this.runs.has(chunk.runId)) this.inspector?.log(chunk)
    for (const result of batch.results) this.#results.set(result.key, result)
    this.inspector?.written()
    return refused
  }

  /** Whether the stored action was written by the batch that wants to write it, and whose answer was lost. */
  protected isRepeat(_stored: ActionRecord, _action: ActionRecord): boolean {
    return false
  }

  #change(action: ActionRecord): void {
    const before = this.actions.get(keyOf(action))
    if (before === undefined) throw new Error(`${action.name} is changed before it is created`)
    // Created with the batch as it is by now, or by one whose answer was lost.
    if (before.seq === action.seq && isSameState(before, action)) return
    // A row is found by its number: of an action that was refused there is none.
    if (before.seq !== action.seq) return
    this.inspector?.action(before, action)
    if (before.state.endedAt !== null) throw new Error(`${action.name} had ended, and is changed`)
    if (before.state.attempt > action.state.attempt) throw new Error(`${action.name} goes back to an earlier attempt`)
    this.actions.set(keyOf(action), copyAction(action))
  }

  #create(action: ActionRecord): void {
    this.inspector?.action(undefined, action)
    this.actions.set(keyOf(action), copyAction(action))
  }

  isTransient(error: unknown): boolean {
    return error === dead || error === full
  }

  #isTaken({ id, name }: RunRecord): boolean {
    const holder = this.runNamed(name)
    return holder !== undefined && holder.id !== id
  }

  runNamed(name: string): RunRecord | undefined {
    for (const run of this.runs.values()) if (run.name === name) return run
    return undefined
  }

  newRunId(): number {
    this.#lastRunId += 1
    return this.#lastRunId
  }

  async findRun(_project: string, _domain: string, name: string): Promise<StoredRun | undefined> {
    return this.runNamed(name)
  }

  async findAction(runId: number, name: string): Promise<ActionRecord | undefined> {
    const found = this.actions.get(`${runId}/${name}`)
    await this.#answer()
    return found
  }

  async findCached(key: string): Promise<CachedResult | undefined> {
    const found = this.#results.get(key)
    await this.#answer()
    return found
  }

  async #answer(): Promise<void> {
    await this.#delay()
    if (this.#fails('read')) throw unreadable
  }

  async findInputs(): Promise<Uint8Array | null> {
    return null
  }

  async findSpec(digest: string): Promise<SpecRow | undefined> {
    return this.#specs.get(digest)
  }

  async tracesOf(runId: number, parent: string): Promise<ReadonlyArray<EarlierTrace>> {
    const seq = this.actions.get(`${runId}/${parent}`)?.seq
    const traces = [...this.actions.values()].filter(
      (action) =>
        action.runId === runId &&
        action.parentSeq === seq &&
        action.actionType === ActionType.TRACE &&
        isSuccessPhase(action.state.phase as ActionPhase),
    )
    await this.#answer()
    return traces.map((action) => ({ action, spec: this.#specs.get(action.specDigest)! }))
  }

  async parentsOf(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
    const bySeq = new Map([...this.actions.values()].filter((a) => a.runId === runId).map((a) => [a.seq, a.name]))
    const parents = names.map((name) => bySeq.get(this.actions.get(`${runId}/${name}`)?.parentSeq ?? -1))
    await this.#answer()
    return [...new Set(parents.filter((name) => name !== undefined))]
  }

  async *liveRuns(): AsyncIterable<LiveRun> {
    for (const run of this.runs.values()) {
      const live = this.liveRun(run)
      if (live !== undefined) yield live
    }
  }

  /** A run with its live actions, unless it has ended. */
  protected liveRun(run: RunRecord): LiveRun | undefined {
    const all = [...this.actions.values()].filter(({ runId }) => runId === run.id)
    const actions = all.filter(({ state }) => state.endedAt === null).toSorted((a, b) => a.seq - b.seq)
    if (actions.length === 0) return undefined
    return { run, actions, nextSeq: Math.max(...all.map(({ seq }) => seq)) + 1 }
  }
}

function isSameState({ state: a }: ActionRecord, { state: b }: ActionRecord): boolean {
  return a.attempt === b.attempt && a.timeline === b.timeline && a.endedAt === b.endedAt
}

function keyOf(action: ActionRecord): string {
  return `${action.runId}/${action.name}`
}

/** The engine's entries change; a store keeps what they were when they were written. */
export function copyAction(action: ActionRecord): ActionRecord {
  return {
    runId: action.runId,
    seq: action.seq,
    name: action.name,
    parentSeq: action.parentSeq,
    actionType: action.actionType,
    group: action.group,
    specDigest: action.specDigest,
    inputs: action.inputs,
    inputsUri: action.inputsUri,
    outputs: action.outputs,
    outputsUri: action.outputsUri,
    cacheKey: action.cacheKey,
    cacheStatus: action.cacheStatus,
    cacheSource: action.cacheSource,
    queue: action.queue,
    isExternal: action.isExternal,
    createdAt: action.createdAt,
    state: action.state,
  }
}
