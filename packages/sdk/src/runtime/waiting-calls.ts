import type { ChildOutcome } from './frame-reader.ts'

interface WaitingCall {
  resolve(outcome: ChildOutcome): void
  reject(error: unknown): void
}

/** The calls of an attempt that wait for what they come to, by the names of their actions. */
export class WaitingCalls {
  private readonly byName = new Map<string, WaitingCall>()
  private readonly abandoned: (name: string, reason: string) => void

  /** @param abandoned is told of a call that its caller gives up */
  constructor(abandoned: (name: string, reason: string) => void) {
    this.abandoned = abandoned
  }

  /** Waits for an outcome. When the signal is aborted, the call fails with its reason. */
  outcomeOf(name: string, signal?: AbortSignal): Promise<ChildOutcome> {
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.byName.set(name, { resolve, reject })
        return
      }
      const giveUp = () => this.abandon(name, signal)
      const settled = () => signal.removeEventListener('abort', giveUp)
      this.byName.set(name, {
        resolve: (outcome) => (settled(), resolve(outcome)),
        reject: (error) => (settled(), reject(error)),
      })
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  ended(outcome: ChildOutcome): void {
    const call = this.byName.get(outcome.name)
    this.byName.delete(outcome.name)
    call?.resolve(outcome)
  }

  /** All fail. */
  reject(error: unknown): void {
    for (const call of this.byName.values()) call.reject(error)
    this.byName.clear()
  }

  /** Nobody waits for them any more, and nobody is told. */
  forget(): void {
    this.byName.clear()
  }

  private abandon(name: string, signal: AbortSignal): void {
    const call = this.byName.get(name)
    if (call === undefined) return
    this.byName.delete(name)
    this.abandoned(name, signal.reason instanceof Error ? signal.reason.message : String(signal.reason))
    call.reject(signal.reason)
  }
}
