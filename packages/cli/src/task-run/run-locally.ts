import { Console } from 'node:console'
import { fromBinary } from '@bufbuild/protobuf'
import { encodeInputs } from '@tern/core'
import { type Inputs, OutputsSchema } from '@tern/idl/task'
import type { BundleProgram } from '@tern/sdk/bundle'
import type { RunOptions } from '../commands/run-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'
import { exitCodes } from '../report-error.ts'
import { QuietExit } from '../usage-error.ts'
import { toValues } from '../views/io-view.ts'
import { type FinishedRunView, finishedRunText, reportFailure } from './finished-run-view.ts'

export interface LocalRequest {
  readonly program: BundleProgram
  /** Full name of the task. */
  readonly taskName: string
  readonly inputs: Inputs
  readonly options: RunOptions
  readonly io: CliIo
}

/**
 * Runs a task in this process, and prints its outputs.
 *
 * @throws QuietExit when it did not succeed
 */
export async function runLocally({ program, taskName, inputs, options, io }: LocalRequest): Promise<void> {
  Object.assign(process.env, options.env)
  // What the task prints must not mix with a result that a program reads.
  if (options.output !== 'table') globalThis.console = new Console(process.stderr, process.stderr)
  const handle = program.runLocal(
    taskName,
    encodeInputs(inputs),
    options.name === undefined ? {} : { name: options.name },
  )
  const abort = () => void handle.abort('interrupted')
  io.interrupted.addEventListener('abort', abort, { once: true })
  const { startedAt, endedAt, phase, error } = await handle.wait()
  io.interrupted.removeEventListener('abort', abort)
  const view: FinishedRunView = {
    name: handle.name,
    project: null,
    domain: null,
    task: taskName,
    taskVersion: null,
    url: null,
    phase,
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    durationMs: startedAt === undefined || endedAt === undefined ? null : endedAt.getTime() - startedAt.getTime(),
    outputs: error === undefined ? toValues(fromBinary(OutputsSchema, await handle.outputBytes()).literals) : null,
    error: error === undefined ? null : { kind: error.kind, message: messageOf(error) },
  }
  await printResult(view, { format: options.output, io, toText: finishedRunText })
  if (error === undefined) return
  reportFailure(view, io)
  throw new QuietExit(io.interrupted.aborted ? exitCodes.interrupted : exitCodes.failed)
}

function messageOf({ code, message }: { code: string | undefined; message: string }): string {
  return code === undefined || message.startsWith(code) ? message : `${code}: ${message}`
}
