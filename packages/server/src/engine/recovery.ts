import { isSuccessPhase } from '@tern/core'
import { type ActionPhase, RelationType } from '@tern/idl/common'
import type { RunSpec } from '@tern/idl/task'
import type { ActionRecord, EngineStore } from '../store/engine-store.ts'
import type { EarlierTrace, RecoveryReads } from '../store/recovery-reads.ts'
import type { ActionEntry, RunEntry } from './entries.ts'
import type { RunKey } from './model.ts'
import { isUsable, type ResultChecks } from './result-cache.ts'

/** The run whose results a run takes over, and what of them it does not. */
export interface RecoverySource {
  readonly run: RunKey
  /** Names of actions that are executed again. */
  readonly rerun: ReadonlyArray<string>
}

/** What an earlier run has for an action: its result, or else what it had recorded on the way. */
export interface Earlier {
  readonly action: ActionRecord | undefined
  readonly traces: ReadonlyArray<EarlierTrace>
}

const nothing: Earlier = { action: undefined, traces: [] }

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
  readonly #checks: ResultChecks
  readonly #sources = new WeakMap<RunEntry, Promise<Source | undefined>>()

  constructor(store: EngineStore, reads: RecoveryReads, checks: ResultChecks) {
    this.#store = store
    this.#reads = reads
    this.#checks = checks
  }

  /** What of the recovered run stands for this action. */
  async find(entry: ActionEntry): Promise<Earlier> {
    const source = await this.#sourceOf(entry.run)
    if (source === undefined) return nothing
    const action = source.rerun.has(entry.name) ? undefined : await this.#findResult(entry, source.runId)
    if (action !== undefined) return { action, traces: [] }
    const traces = await this.#reads.tracesOf(source.runId, entry.name)
    return { action, traces: traces.filter((trace) => !source.rerun.has(trace.action.name)) }
  }

  async #findResult({ name, parent, actionType }: ActionEntry, runId: number): Promise<ActionRecord | undefined> {
    // The root is what is run again.
    if (parent === null) return undefined
    const found = await this.#store.findAction(runId, name)
    if (found === undefined || found.actionType !== actionType) return undefined
    if (!isSuccessPhase(found.state.phase as ActionPhase)) return undefined
    return (await isUsable(found, this.#checks)) ? found : undefined
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
