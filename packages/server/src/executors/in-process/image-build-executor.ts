import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type Clock, isTernError, type TaskFailure } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Literal } from '@tern/idl/core'
import { InputsSchema, OutputsSchema } from '@tern/idl/task'
import { LogLine_Stream } from '@tern/idl/worker'
import { failureOf } from '../../engine/failure-kinds.ts'
import type { SpecRecord } from '../../engine/model.ts'
import type { TaskPolicy } from '../../engine/task-policy.ts'
import { buildInputs, buildOutput, buildTaskType } from '../../images/build-task.ts'
import type { Images } from '../../images/images.ts'
import type { Attempt, Executor, ExecutorHost, StartedAttempt } from '../executor.ts'
import { LineLog } from '../local-process/line-log.ts'

export interface ImageBuildOptions {
  readonly images: Pick<Images, 'build'>
  readonly storage: Pick<Storage, 'read'>
  readonly clock: Clock
}

// Three texts and their names.
const maxInputBytes = 1024 * 1024

/** The task that builds images: the log of the build is the log of its action, and its output is what tasks name the image. */
export class ImageBuildExecutor implements Executor {
  readonly name = 'image-build'
  readonly #host: ExecutorHost
  readonly #options: ImageBuildOptions
  readonly #live = new Map<number, { readonly abandoned: AbortController; readonly ended: Promise<void> }>()

  constructor(host: ExecutorHost, options: ImageBuildOptions) {
    this.#host = host
    this.#options = options
  }

  accepts(spec: SpecRecord, _policy: TaskPolicy): boolean {
    return spec.taskType === buildTaskType
  }

  start(attempt: Attempt): StartedAttempt {
    const abandoned = new AbortController()
    const ended = this.#run(attempt, abandoned.signal).finally(() => this.#live.delete(attempt.handle))
    this.#live.set(attempt.handle, { abandoned, ended })
    const cancel = (): Promise<void> => {
      abandoned.abort()
      return ended
    }
    return { cancel, deliver: () => {} }
  }

  async stop(): Promise<void> {
    const live = [...this.#live.values()]
    for (const { abandoned } of live) abandoned.abort()
    await Promise.all(live.map(({ ended }) => ended))
  }

  async #run(attempt: Attempt, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const { handle } = attempt
    const onChunk = (chunk: Uint8Array, lineCount: number) => this.#host.log(handle, chunk, lineCount)
    const log = new LineLog({ clock, onChunk })
    // Not at once: the engine has not taken note of the attempt yet.
    await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) return
    this.#host.dispatched(handle)
    const startedAt = clock.now()
    this.#host.started(handle, startedAt)
    const built = await this.#build(attempt, signal, (line) => log.add(LogLine_Stream.SYSTEM, line))
    log.flush()
    if (signal.aborted) return
    if ('failure' in built) this.#host.failed(handle, built.failure, startedAt, clock.now())
    else this.#host.succeeded(handle, { bytes: toOutputs(built.reference) }, startedAt, clock.now())
  }

  async #build(
    { inputs, run, overwriteCache }: Attempt,
    signal: AbortSignal,
    onLog: (line: string) => void,
  ): Promise<{ readonly reference: string } | { readonly failure: TaskFailure }> {
    try {
      const values = await this.#read(inputs)
      const request = {
        specUri: values.get(buildInputs.spec) ?? '',
        contextUri: values.get(buildInputs.context) ?? '',
        target: values.get(buildInputs.target) ?? '',
        run,
        isForced: overwriteCache,
      }
      const built = await this.#options.images.build(request, { signal, onLog })
      return typeof built === 'string' ? { reference: built } : built
    } catch (error) {
      return { failure: unreadable(error) }
    }
  }

  async #read(inputs: Attempt['inputs']): Promise<ReadonlyMap<string, string>> {
    const { storage } = this.#options
    const bytes = 'bytes' in inputs ? inputs.bytes : await storage.read(inputs.uri, { maxBytes: maxInputBytes })
    return new Map(fromBinary(InputsSchema, bytes).literals.map(({ name, value }) => [name, textOf(value?.value)]))
  }
}

function textOf(value: Literal['value'] | undefined): string {
  const scalar = value?.case === 'scalar' ? value.value.value : undefined
  const primitive = scalar?.case === 'primitive' ? scalar.value.value : undefined
  return primitive?.case === 'stringValue' ? primitive.value : ''
}

function toOutputs(reference: string): Uint8Array {
  const primitive = { value: { case: 'stringValue', value: reference } } as const
  const scalar = { value: { case: 'primitive', value: primitive } } as const
  const value = { value: { case: 'scalar', value: scalar } } as const
  return toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name: buildOutput, value }] }))
}

function unreadable(error: unknown): TaskFailure {
  const reason = error instanceof Error ? error.message : String(error)
  const isFinal = isTernError(error) && !error.retryable
  return failureOf('InputsUnreadable', `what the image is made of cannot be read: ${reason}`, { recoverable: !isFinal })
}
