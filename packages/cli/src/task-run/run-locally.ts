import { Console } from 'node:console'
import { literalToJson } from '@tern/core'
import { type AnyTask, run } from '@tern/sdk'
import { definitionOf } from '@tern/sdk/internal'
import type { RunOptions } from '../commands/run-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'
import { QuietExit } from '../usage-error.ts'
import { type FinishedRunView, finishedRunText, reportFailure } from './finished-run-view.ts'

export interface LocalRequest {
  readonly task: AnyTask
  readonly values: Readonly<Record<string, unknown>>
  readonly options: RunOptions
  readonly io: CliIo
}

/** Runs a task in this process, and prints its outputs. */
export async function runLocally({ task, values, options, io }: LocalRequest): Promise<void> {
  Object.assign(process.env, options.env)
  // What the task prints must not mix with a result that a program reads.
  if (options.output !== 'table') globalThis.console = new Console(process.stderr, process.stderr)
  const handle = await run.local(task, { ...values }, { ...(options.name === undefined ? {} : { name: options.name }) })
  const abort = () => void handle.abort('interrupted')
  io.interrupted.addEventListener('abort', abort, { once: true })
  const state = await handle.wait()
  io.interrupted.removeEventListener('abort', abort)
  const { startedAt, endedAt, phase, error } = state
  const view: FinishedRunView = {
    name: handle.name,
    project: null,
    domain: null,
    task: task.name,
    taskVersion: null,
    url: null,
    phase,
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    durationMs: startedAt === undefined || endedAt === undefined ? null : endedAt.getTime() - startedAt.getTime(),
    outputs: error === undefined ? toJson(task, await handle.outputs()) : null,
    error: error === undefined ? null : { kind: error.kind, message: messageOf(error) },
  }
  await printResult(view, { format: options.output, io, toText: finishedRunText })
  if (error !== undefined) {
    reportFailure(view, io)
    throw new QuietExit(1)
  }
}

function messageOf({ code, message }: { code: string | undefined; message: string }): string {
  return code === undefined || message.startsWith(code) ? message : `${code}: ${message}`
}

/** What a task returned, as `tern get io` shows it. */
function toJson(task: AnyTask, returned: unknown): NonNullable<FinishedRunView['outputs']> {
  const { outputs, outputKind } = definitionOf(task).interface
  return Object.fromEntries(
    outputs.map(({ name, codec }) => {
      const value = outputKind === 'single' ? returned : (returned as Record<string, unknown>)[name]
      return [name, literalToJson(codec.toLiteral(value))] as const
    }),
  )
}
