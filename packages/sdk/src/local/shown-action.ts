import { isSuccessPhase, isTerminalPhase, type PhaseName, phaseName } from '@tern/core'
import type { Lifecycle } from '@tern/core/engine'
import type { RunError } from '../authoring/run-handle.ts'
import { attemptStates, type PastAttempt, toRunError } from './attempt-states.ts'
import type { LocalAttempt } from './local-attempt.ts'
import type { LocalEngine } from './local-engine.ts'
import { type LocalActionState, type LocalAttemptState, type LocalCacheState, toJsonValues } from './local-state.ts'
import { type Subject, titleOf } from './subject.ts'

const nothing = new Uint8Array()

/** An action as it is shown: what follows from its state, and changes with it. */
export abstract class ShownAction implements LocalActionState {
  abstract readonly engine: LocalEngine
  abstract readonly parent: ShownAction | null
  abstract readonly name: string
  abstract readonly group: string
  abstract readonly subject: Subject
  abstract readonly createdAt: number
  abstract readonly state: Lifecycle
  abstract readonly past: readonly PastAttempt[]
  abstract readonly current: LocalAttempt | null
  abstract readonly cache: LocalCacheState
  abstract readonly cacheSource: string | undefined
  abstract readonly inputBytes: Uint8Array
  abstract readonly outputBytes: Uint8Array | undefined

  get kind(): Subject['kind'] {
    return this.subject.kind
  }

  get title(): string {
    return titleOf(this.subject)
  }

  get prompt(): string | undefined {
    return this.subject.kind === 'condition' ? this.subject.spec.prompt : undefined
  }

  get parentName(): string | undefined {
    return this.parent?.name
  }

  get phase(): PhaseName {
    return phaseName(this.state.phase)
  }

  get isFinal(): boolean {
    return isTerminalPhase(this.state.phase)
  }

  get startedAt(): Date {
    return new Date(this.createdAt)
  }

  get endedAt(): Date | undefined {
    const { endedAt } = this.state
    return endedAt === null ? undefined : new Date(endedAt)
  }

  get attemptCount(): number {
    return this.state.attempt
  }

  get attempts(): readonly LocalAttemptState[] {
    return attemptStates(this)
  }

  get inputs(): ReturnType<typeof toJsonValues> {
    return toJsonValues(this.inputBytes)
  }

  get outputs(): ReturnType<typeof toJsonValues> | undefined {
    return isSuccessPhase(this.state.phase) ? toJsonValues(this.outputBytes ?? nothing) : undefined
  }

  get error(): RunError | undefined {
    const { phase, abortReason, failure } = this.state
    return isTerminalPhase(phase) ? toRunError(failure, abortReason) : undefined
  }
}
