import type { Duration } from '@tern/core'
import { currentScope, type TaskContext } from '../authoring/context.ts'
import { delay } from '../local/delay.ts'
import { TaskKind } from './task-kind.ts'

/** Tasks that the server waits for itself, with no code and no worker, for as long as their input `duration` says. */
export class SleepKind extends TaskKind {
  readonly type = 'core-sleep'
  protected readonly identity = undefined

  describe(): void {}

  override execute({ duration }: { readonly duration: Duration }, { signal }: TaskContext): Promise<void> {
    return delay(duration.milliseconds, signal, currentScope()?.parent?.clock)
  }
}
