import { isSuccessPhase } from '@tern/core'
import { type ActionPhase, RelationType } from '@tern/idl/common'
import type { RunSpec } from '@tern/idl/task'
import type { ActionRecord, EngineStore } from '../store/engine-store.ts'
import type { ActionEntry, RunEntry } from './entries.ts'
import type { RunKey, SpecRecord } from './model.ts'
import type { OutputsExist } from './result-cache.ts'

/** The run whose results a run takes over, and what of them it does not. */
export interface RecoverySource {
  readonly run: RunKey
  /** Names of actions that are executed again. */
  readonly rerun: ReadonlyArray<string>
}

/** A trace of an earlier run. */
export interface EarlierTrace {
  readonly action: ActionRecord
  readonly spec: SpecRecord
}

/** What recovery reads beside single actions. */
export interface RecoveryReads {
  /** Traces that an action recorded and that succeeded. */
  tracesOf(runId: number, parent: string): Promise<ReadonlyArray<EarlierTrace>>
  /** The parents of actions, each once. */
  parentsOf(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>>
}

/** Which run a run's spec says that it recovers. */
export function recoverySourceOf({ relation, recover }: RunSpec): RecoverySource | null {
  if (relation?.relationType !== RelationType.RECOVER || relation.relatedTo === undefined) return null
  const { project, domain, name } = relation.relatedTo
  return { run: { project, domain, run: name }, rerun: recover?.forceRerunActions ?? [] }
}

interface Source {
  readonly runId: number
  /** What is executed again: the named actions, and those above them, whose results come of theirs. */
  readonly rerun: ReadonlySet<string>
}

/**
 * Results of the run that another one recovers. An action's name follows from its parent, its task and its inputs, so an
 * action of the same name did the same work.
 */
export class Recovery {
  readonly #store: EngineStore
  readonly #reads: RecoveryReads
  readonly #outputsExist: OutputsExist
  readonly #sources = new WeakMap<RunEntry, Promise<Source | undefined>>()

  constructor(store: EngineStore, reads: RecoveryReads, outputsExist: OutputsExist) {
    this.#store = store
    this.#reads = reads
    this.#outputsExist = outputsExist
  }

  /** The action of the recovered run whose result this one takes over. */
  async find(entry: ActionEntry): Promise<ActionRecord | undefined> {
    const source = await this.#sourceOf(entry.run)
    if (source === undefined || entry.parent === null || source.rerun.has(entry.name)) return undefined
    const found = await this.#store.findAction(source.runId, entry.name)
    if (found === undefined || found.actionType !== entry.actionType) return undefined
    if (!isSuccessPhase(found.state.phase as ActionPhase)) return undefined
    return found.outputsUri === null || (await this.#outputsExist(found.outputsUri)) ? found : undefined
  }

  /** What the recovered run's action of the same name had recorded, and need not do again. */
  async tracesOf(entry: ActionEntry): Promise<ReadonlyArray<EarlierTrace>> {
    const source = await this.#sourceOf(entry.run)
    if (source === undefined) return []
    const traces = await this.#reads.tracesOf(source.runId, entry.name)
    return traces.filter(({ action }) => !source.rerun.has(action.name))
  }

  #sourceOf(run: RunEntry): Promise<Source | undefined> {
    if (run.recovers === null) return Promise.resolve(undefined)
    const known = this.#sources.get(run)
    if (known !== undefined) return known
    const source = this.#read(run.recovers)
    this.#sources.set(run, source)
    source.catch(() => this.#sources.delete(run))
    return source
  }

  async #read({ run, rerun }: RecoverySource): Promise<Source | undefined> {
    const found = await this.#store.findRun(run.project, run.domain, run.run)
    if (found === undefined) return undefined
    const all = new Set(rerun)
    for (let names = rerun; names.length > 0; ) {
      names = (await this.#reads.parentsOf(found.id, names)).filter((name) => !all.has(name))
      for (const name of names) all.add(name)
    }
    return { runId: found.id, rerun: all }
  }
}
