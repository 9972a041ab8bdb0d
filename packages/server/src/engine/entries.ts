import { timestampMs } from '@bufbuild/protobuf/wkt'
import { type Claim, type Lifecycle, Limit, paused, queued } from '@tern/core/engine'
import { ActionPhase } from '@tern/idl/common'
import { CacheLookupScope, type RunSpec } from '@tern/idl/task'
import type { ActionRecord, CachedResult, RunRecord } from '../store/engine-store.ts'
import { rawDataFolder } from '../data/run-files.ts'
import { countWaits } from '../events/waits.ts'
import type { StartedAttempt } from '../executors/executor.ts'
import { ActionType } from '@tern/idl/workflow'
import type { ActionData, RunKey, SpecRecord } from './model.ts'
import { type RecoverySource, recoverySourceOf } from './recovery.ts'
import type { TaskPolicy } from './task-policy.ts'
import type { Timer } from './timers.ts'

/** A spec that live actions use, with the policy read out of it. */
export interface SpecEntry {
  readonly record: SpecRecord
  readonly policy: TaskPolicy
}

/** What a run says about cached results, for all its actions. */
export interface RunCaching {
  /** Compute everything again, and replace what is cached. */
  readonly overwrite: boolean
  /** Take results of the run's own project and domain only. */
  readonly projectOnly: boolean
}

/** A run that has not ended, as the engine holds it. */
export class RunEntry {
  readonly record: RunRecord
  readonly key: RunKey
  /** Applied to every action of the run. */
  readonly env: Readonly<Record<string, string>>
  readonly startAt: number
  /** Where the files belong that its attempts make, beside their outputs. */
  readonly rawDataBase: string
  readonly cache: RunCaching
  /** How many of its actions may be busy at once. */
  readonly limit: Limit | null
  /** The queue of actions that name none, and whose parents have none; null for none. */
  readonly queue: string | null
  /** The run whose results it takes over. */
  readonly recovers: RecoverySource | null
  /** Live actions only: what has ended, and is stored as such, is in the store and nowhere else. */
  readonly actions = new Map<string, ActionEntry>()
  nextSeq = 0
  /** It is one of those of its launch plan that may be under way. */
  hasPlace = false
  /** The store is known to have it. */
  isStored = false
  /** Another server has a run of this name: this one never was. */
  isRefused = false

  constructor(record: RunRecord, spec: RunSpec, createdAt: number) {
    this.record = record
    this.key = { project: record.project, domain: record.domain, run: record.name }
    this.env = Object.fromEntries((spec.envs?.values ?? []).map(({ key, value }) => [key, value]))
    this.startAt = spec.runStartTime ? timestampMs(spec.runStartTime) : createdAt
    this.rawDataBase = rawDataFolder(spec, record)
    this.recovers = recoverySourceOf(spec)
    this.limit = spec.maxActionConcurrency === 0 ? null : new Limit('a place in the run', spec.maxActionConcurrency)
    this.queue = spec.queue === '' ? null : spec.queue
    this.cache = {
      overwrite: spec.cacheConfig?.overwriteCache === true || spec.overwriteCache,
      projectOnly: spec.cacheConfig?.cacheLookupScope === CacheLookupScope.PROJECT_DOMAIN,
    }
  }
}

export interface NewEntry {
  readonly run: RunEntry
  readonly seq: number
  readonly name: string
  readonly parent: ActionEntry | null
  readonly actionType: number
  readonly group: string
  readonly spec: SpecEntry
  readonly inputs: ActionData
  readonly cacheKey: string
  readonly queue: string
  readonly isExternal: boolean
  readonly at: number
}

/** An action that has not ended; its fields make up the row that the store keeps of it. */
export class ActionEntry implements ActionRecord {
  readonly run: RunEntry
  readonly spec: SpecEntry
  readonly parent: ActionEntry | null
  readonly runId: number
  readonly seq: number
  readonly name: string
  readonly actionType: number
  readonly group: string | null
  readonly cacheKey: string | null
  readonly queue: string | null
  readonly isExternal: boolean
  readonly createdAt: number
  inputs: Uint8Array | null
  readonly inputsUri: string | null
  outputs: Uint8Array | null = null
  outputsUri: string | null = null
  cacheStatus = 0
  cacheSource: string | null = null
  state: Lifecycle
  /** The row exists. */
  stored = false
  /** The store had an action of its name: this one never was. */
  isRefused = false
  /** Waits in the batch being gathered. */
  dirty = false
  /** Handle of the live attempt; 0 while there is none. */
  handle = 0
  live: StartedAttempt | null = null
  /** What it takes of limits while it is busy; null when that is nothing, undefined while that is unknown. */
  claim: Claim | null | undefined
  logChunks = 0
  /** The current attempt has waited out its back-off. */
  hasBackedOff = false
  /** Has been looked for in the run that its run recovers. */
  isRecoveryTried = false
  /** Attempts before this process, or before the current one, may have left children in the store. */
  replay = false
  liveChildren: Set<ActionEntry> | null = null
  /** Ends the attempt's back-off, then its time in the queue, then its running time. */
  attemptTimer: Timer | null = null
  deadlineTimer: Timer | null = null

  constructor(entry: NewEntry) {
    this.run = entry.run
    this.spec = entry.spec
    this.parent = entry.parent
    this.runId = entry.run.record.id
    this.seq = entry.seq
    this.name = entry.name
    this.actionType = entry.actionType
    this.group = entry.group === '' ? null : entry.group
    this.cacheKey = entry.cacheKey === '' ? null : entry.cacheKey
    this.queue = entry.queue === '' ? null : entry.queue
    this.isExternal = entry.isExternal
    this.createdAt = entry.at
    this.inputs = 'bytes' in entry.inputs ? entry.inputs.bytes : null
    this.inputsUri = 'uri' in entry.inputs ? entry.inputs.uri : null
    this.state = entry.actionType === ActionType.CONDITION ? paused(entry.at) : queued(entry.at)
  }

  /** Has a live attempt that does more than wait for children. */
  get isBusy(): boolean {
    return this.handle !== 0 && !this.hasLiveChildren
  }

  /** Since when the current attempt runs; null while it does not. */
  get runningSince(): number | null {
    const { phase, timeline } = this.state
    if (phase !== ActionPhase.RUNNING) return null
    const running = timeline.split(',').find((transition) => transition.startsWith(`${ActionPhase.RUNNING}:`))
    return running === undefined ? null : Number(running.slice(running.indexOf(':') + 1))
  }

  /** Something else than an executor brings it to its end: a signal, or whoever executes it and reports. */
  get isUndispatched(): boolean {
    return this.isExternal || this.actionType === ActionType.CONDITION
  }

  get hasLiveChildren(): boolean {
    return this.liveChildren !== null && this.liveChildren.size > 0
  }

  setOutputs(outputs: ActionData): void {
    this.outputs = 'bytes' in outputs ? outputs.bytes : null
    this.outputsUri = 'uri' in outputs ? outputs.uri : null
  }

  /** Makes an earlier result its own. */
  takeResult({ source, outputs, outputsUri }: CachedResult): void {
    this.cacheSource = source
    this.outputs = outputs
    this.outputsUri = outputsUri
  }

  get parentSeq(): number | null {
    return this.parent === null ? null : this.parent.seq
  }

  get specDigest(): string {
    return this.spec.record.digest
  }

  /** An action as the store had it when the server started. */
  static fromRecord(record: ActionRecord, run: RunEntry, parent: ActionEntry | null, spec: SpecEntry): ActionEntry {
    const entry = new ActionEntry({
      run,
      seq: record.seq,
      name: record.name,
      parent,
      actionType: record.actionType,
      group: record.group ?? '',
      spec,
      inputs: record.inputsUri === null ? { bytes: record.inputs ?? new Uint8Array() } : { uri: record.inputsUri },
      cacheKey: record.cacheKey ?? '',
      queue: record.queue ?? '',
      isExternal: record.isExternal,
      at: record.createdAt,
    })
    entry.state = record.state as Lifecycle
    // Each time that it had to wait left a line in its log.
    entry.logChunks = countWaits(entry.state)
    entry.cacheStatus = record.cacheStatus
    entry.cacheSource = record.cacheSource
    entry.stored = true
    entry.replay = true
    return entry
  }
}
