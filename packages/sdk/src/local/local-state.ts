import { fromBinary, type JsonValue } from '@bufbuild/protobuf'
import { literalToJson, type PhaseName } from '@tern/core'
import { InputsSchema, type NamedLiteral } from '@tern/idl/task'
import type { RunError } from '../authoring/run-handle.ts'

/** A line that the code of a task has printed. */
export interface LocalLogLine {
  /** UTC epoch milliseconds. */
  readonly at: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** One attempt of an action of a local run. */
export interface LocalAttemptState {
  /** Counted from 1. */
  readonly attempt: number
  readonly phase: PhaseName
  readonly startedAt: Date | undefined
  readonly endedAt: Date | undefined
  readonly error: RunError | undefined
  /** What it printed, where that is captured; the last 5,000 lines. */
  readonly logs: readonly LocalLogLine[]
  readonly links: readonly { readonly name: string; readonly uri: string }[]
  /** The file that its report is stored in, once it is. */
  readonly reportPath: string | undefined
}

/** What became of the cache of an action. */
export type LocalCacheState = 'disabled' | 'miss' | 'hit' | 'populated'

/** An action of a local run. It is live: what it says changes while the run goes on. */
export interface LocalActionState {
  /** Unique in the run; `a0` for the root. */
  readonly name: string
  /** Name of the action that it belongs to; undefined for the root. */
  readonly parentName: string | undefined
  readonly kind: 'task' | 'trace' | 'condition'
  /** Full name of the task; of a trace the function's, of a condition its own. */
  readonly title: string
  /** The empty text for none. */
  readonly group: string
  readonly phase: PhaseName
  readonly isFinal: boolean
  readonly startedAt: Date
  readonly endedAt: Date | undefined
  readonly attempts: readonly LocalAttemptState[]
  /** How many there were so far. */
  readonly attemptCount: number
  readonly cache: LocalCacheState
  /** The action that the result is from, of a cache hit: `project/domain/run/action/attempt`. */
  readonly cacheSource: string | undefined
  readonly inputs: Readonly<Record<string, JsonValue>>
  /** Undefined until it has succeeded. */
  readonly outputs: Readonly<Record<string, JsonValue>> | undefined
  /** Why it did not succeed. */
  readonly error: RunError | undefined
  /** What a condition asks. */
  readonly prompt: string | undefined
}

/** Inputs or outputs as JSON shows them. */
export function toJsonValues(bytes: Uint8Array): Record<string, JsonValue> {
  const { literals } = fromBinary(InputsSchema, bytes)
  return Object.fromEntries(
    literals.map(({ name, value }: NamedLiteral) => [name, value ? literalToJson(value) : null]),
  )
}
