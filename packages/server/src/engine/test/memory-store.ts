import type {
  ActionRecord,
  CachedResult,
  EngineBatch,
  EngineStore,
  LiveRun,
  ResultRecord,
  RunRecord,
  SpecRow,
} from '../../store/engine-store.ts'
import type { EarlierTrace, RecoveryReads } from '../../store/recovery-reads.ts'

/**
 * A store in memory that keeps what is committed and nothing else, and that refuses what no store must ever be asked to
 * write: a change to an action that has ended, or one that belongs under an ended parent.
 */
export class MemoryStore implements EngineStore, RecoveryReads {
  readonly actions = new Map<string, ActionRecord>()
  readonly #runs = new Map<number, RunRecord>()
  readonly #specs = new Map<string, SpecRow>()
  readonly #results = new Map<string, ResultRecord>()
  #lastRunId = 0
  readonly #delay: () => Promise<void>

  /** @param delay awaited by every look-up of an action, after it has looked: the answer may be old when it comes */
  constructor(delay: () => Promise<void> = async () => {}) {
    this.#delay = delay
  }

  commit(batch: EngineBatch): ReadonlyArray<ActionRecord> | Promise<ReadonlyArray<ActionRecord>> {
    return this.write(batch)
  }

  protected write(batch: EngineBatch): ReadonlyArray<ActionRecord> {
    const refused: ActionRecord[] = []
    for (const spec of batch.specs) this.#specs.set(spec.digest, spec)
    for (const run of batch.runs) this.#runs.set(run.id, run)
    for (const action of batch.created) {
      const stored = this.actions.get(keyOf(action))
      if (stored === undefined) this.actions.set(keyOf(action), copyAction(action))
      else if (!this.isRepeat(stored, action)) refused.push(action)
    }
    for (const action of batch.changed) this.#change(action)
    for (const result of batch.results) this.#results.set(result.key, result)
    return refused
  }

  /** Whether the stored action was written by the batch that wants to write it, and whose answer was lost. */
  protected isRepeat(_stored: ActionRecord, _action: ActionRecord): boolean {
    return false
  }

  #change(action: ActionRecord): void {
    const before = this.actions.get(keyOf(action))
    if (before === undefined) throw new Error(`${action.name} is changed before it is created`)
    if (this.isRepeat(before, action) && before.state.timeline === action.state.timeline) return
    if (before.state.endedAt !== null) throw new Error(`${action.name} had ended, and is changed`)
    if (before.state.attempt > action.state.attempt) throw new Error(`${action.name} goes back to an earlier attempt`)
    this.actions.set(keyOf(action), copyAction(action))
  }

  isTransient(_error: unknown): boolean {
    return false
  }

  newRunId(): number {
    this.#lastRunId += 1
    return this.#lastRunId
  }

  async findRun(
    project: string,
    domain: string,
    name: string,
  ): Promise<{ readonly id: number; readonly requestDigest: string } | undefined> {
    return [...this.#runs.values()].find((run) => run.project === project && run.domain === domain && run.name === name)
  }

  async findAction(runId: number, name: string): Promise<ActionRecord | undefined> {
    const found = this.actions.get(`${runId}/${name}`)
    await this.#delay()
    return found
  }

  async findCached(key: string): Promise<CachedResult | undefined> {
    const found = this.#results.get(key)
    await this.#delay()
    return found
  }

  async findInputs(): Promise<Uint8Array | null> {
    return null
  }

  async findSpec(digest: string): Promise<SpecRow | undefined> {
    return this.#specs.get(digest)
  }

  async tracesOf(): Promise<ReadonlyArray<EarlierTrace>> {
    return []
  }

  async parentsOf(): Promise<ReadonlyArray<string>> {
    return []
  }

  async *liveRuns(): AsyncIterable<LiveRun> {
    for (const run of this.#runs.values()) {
      const all = [...this.actions.values()].filter(({ runId }) => runId === run.id)
      const actions = all.filter(({ state }) => state.endedAt === null).toSorted((a, b) => a.seq - b.seq)
      if (actions.length === 0) continue
      yield { run, actions, nextSeq: Math.max(...all.map(({ seq }) => seq)) + 1 }
    }
  }
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
