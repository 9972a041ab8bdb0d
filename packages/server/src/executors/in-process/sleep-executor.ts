import { fromBinary } from '@bufbuild/protobuf'
import { durationMs } from '@bufbuild/protobuf/wkt'
import { type Clock, isTernError, type TaskFailure } from '@tern/core'
import { isTransientFault, type Storage } from '@tern/core/storage'
import { InputsSchema } from '@tern/idl/task'
import { failureOf } from '../../engine/failure-kinds.ts'
import type { SpecRecord } from '../../engine/model.ts'
import type { TaskPolicy } from '../../engine/task-policy.ts'
import { type Alarm, type Timer, Timers } from '../../engine/timers.ts'
import type { Attempt, Executor, ExecutorHost, StartedAttempt } from '../executor.ts'

export interface SleepOptions {
  readonly storage: Pick<Storage, 'read'>
  readonly clock: Clock
  /** What wakes sleepers up. Defaults to Node's timers. */
  readonly alarm?: Alarm | undefined
}

/** What it tells of the sleepers. */
export type SleepHost = Pick<ExecutorHost, 'started' | 'succeeded' | 'failed'>

// One duration and its name.
const maxInputBytes = 1024 * 1024

/** Tasks of the type `core-sleep`: they wait for as long as their one input says, and cost a timer. */
export class SleepExecutor implements Executor {
  readonly name = 'sleep'
  // Nothing runs that a restart could end: the sleeper wakes when it would have.
  readonly reattaches = true
  readonly #host: SleepHost
  readonly #options: SleepOptions
  readonly #timers: Timers<number>
  #isStopped = false

  constructor(host: SleepHost, options: SleepOptions) {
    this.#host = host
    this.#options = options
    const { clock, alarm } = options
    this.#timers = new Timers(clock, (handle) => host.succeeded(handle, null, 0, clock.now()), {
      alarm,
      areSpans: true,
    })
  }

  accepts(spec: SpecRecord, _policy: TaskPolicy): boolean {
    return spec.taskType === 'core-sleep'
  }

  start(attempt: Attempt): StartedAttempt {
    let timer: Timer | undefined
    let isCancelled = false
    void this.#read(attempt).then((read) => {
      if (isCancelled || this.#isStopped) return
      if ('failure' in read) return this.#host.failed(attempt.handle, read.failure, 0, this.#options.clock.now())
      // It cannot have begun later than now: the clock has been set back.
      const startedAt = Math.min(attempt.startedAt ?? Number.POSITIVE_INFINITY, this.#options.clock.now())
      if (attempt.startedAt === null) this.#host.started(attempt.handle, startedAt)
      timer = this.#timers.add(startedAt + read.sleepMs, attempt.handle)
    })
    return {
      cancel: () => {
        isCancelled = true
        timer?.cancel()
      },
      deliver: () => {},
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timers.stop()
  }

  async #read({ inputs }: Attempt): Promise<{ readonly sleepMs: number } | { readonly failure: TaskFailure }> {
    try {
      const bytes =
        'bytes' in inputs ? inputs.bytes : await this.#options.storage.read(inputs.uri, { maxBytes: maxInputBytes })
      return toSleep(bytes)
    } catch (error) {
      return { failure: unreadable(error) }
    }
  }
}

function toSleep(bytes: Uint8Array): { readonly sleepMs: number } | { readonly failure: TaskFailure } {
  const { literals } = fromBinary(InputsSchema, bytes)
  const [literal] = literals
  const scalar = literal?.value?.value.case === 'scalar' ? literal.value.value.value : undefined
  const primitive = scalar?.value.case === 'primitive' ? scalar.value.value.value : undefined
  if (literals.length !== 1 || primitive?.case !== 'duration') {
    return { failure: badTask('a task of the type core-sleep has one input, a duration') }
  }
  const sleepMs = durationMs(primitive.value)
  if (sleepMs < 0) return { failure: badTask(`${literal?.name}: a task cannot sleep for a negative time`) }
  return { sleepMs }
}

function badTask(message: string): TaskFailure {
  return failureOf('BadTaskSpecification', message)
}

function unreadable(error: unknown): TaskFailure {
  const reason = error instanceof Error ? error.message : String(error)
  return failureOf('InputsUnreadable', `the inputs could not be read: ${reason}`, {
    recoverable: isTransientFault(error) || !isTernError(error),
  })
}
