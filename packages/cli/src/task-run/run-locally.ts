import { Console } from 'node:console'
import { fromBinary } from '@bufbuild/protobuf'
import { encodeInputs } from '@tern/core'
import { type Inputs, OutputsSchema } from '@tern/idl/task'
import type { RunError } from '@tern/sdk'
import type { BundleProgram, LocalWireRun } from '@tern/sdk/bundle'
import type { RunOptions } from '../commands/run-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'
import { exitCodes } from '../report-error.ts'
import { QuietExit, UsageError } from '../usage-error.ts'
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
export async function runLocally(request: LocalRequest): Promise<void> {
  const { taskName, options, io } = request
  if (options.tui) checkTerminal(io)
  noteIgnored(request)
  // What the task prints must not mix with a result that a program reads.
  if (options.output !== 'table') globalThis.console = new Console(process.stderr, process.stderr)
  const handle = options.tui ? await runOnScreen(request) : await runInBackground(request)
  const view = await toView(handle, taskName)
  await printResult(view, { format: options.output, io, toText: finishedRunText })
  noteReports(handle, io)
  await untilDetachedEnd(handle, io)
  if (view.error === null) return
  reportFailure(view, io)
  throw new QuietExit(io.interrupted.aborted ? exitCodes.interrupted : exitCodes.failed)
}

async function runInBackground(request: LocalRequest): Promise<LocalWireRun> {
  const { io } = request
  const handle = start(request, {})
  const abort = () => void handle.abort('interrupted')
  io.interrupted.addEventListener('abort', abort, { once: true })
  await handle.wait()
  io.interrupted.removeEventListener('abort', abort)
  if (io.interrupted.aborted) await handle.settled()
  return handle
}

async function runOnScreen(request: LocalRequest): Promise<LocalWireRun> {
  // Loaded when it is asked for.
  const [{ showRun }, { Questions }] = await Promise.all([import('../tui/show-run.ts'), import('../tui/questions.ts')])
  const questions = new Questions()
  const { taskName, io } = request
  const handle = start(request, { local: { output: 'capture' }, answerCondition: questions.answer })
  await showRun({ handle, taskName, questions, endsWithScreen: true, now: () => io.now() })
  await handle.wait()
  return handle
}

function start(
  { program, taskName, inputs, options }: LocalRequest,
  more: Parameters<BundleProgram['runLocal']>[2],
): LocalWireRun {
  return program.runLocal(taskName, encodeInputs(inputs), {
    name: options.name,
    project: options.project,
    domain: options.domain,
    envVars: options.env,
    maxActionConcurrency: options.maxActionConcurrency,
    overwriteCache: options.overwriteCache,
    ...more,
  })
}

/** @throws UsageError when nobody sits at a terminal */
export function checkTerminal(io: CliIo): void {
  if (io.isInteractive && io.stdout.isTerminal) return
  throw new UsageError('--tui needs a terminal', { hint: 'Leave it out to have the result printed.' })
}

/** What was asked for that only servers have. */
function noteIgnored({ options, io: { stderr } }: LocalRequest): void {
  const ignored = [
    ...(options.queue === undefined ? [] : ['--queue']),
    ...(options.label === undefined ? [] : ['--label']),
    ...(options.follow ? ['--follow'] : []),
  ]
  if (ignored.length === 0) return
  stderr.write(`${stderr.colors.dim(`note: ${ignored.join(', ')} means nothing in a local run`)}\n`)
}

function noteReports({ actions }: LocalWireRun, { stderr }: CliIo): void {
  for (const { title, attempts } of actions) {
    const path = attempts.findLast(({ reportPath }) => reportPath !== undefined)?.reportPath
    if (path !== undefined) stderr.write(`${stderr.colors.dim(`report of ${title}: ${path}`)}\n`)
  }
}

/** Runs that go on by themselves, which on a server they would do without this process. */
async function untilDetachedEnd({ detachedRuns }: LocalWireRun, io: CliIo): Promise<void> {
  const { stderr, interrupted } = io
  for (const run of detachedRuns) {
    if (interrupted.aborted) return
    const { isFinal } = await run.details()
    if (!isFinal) stderr.write(`${stderr.colors.dim(`waiting for the detached run ${run.name}`)}\n`)
    const abort = () => void run.abort('interrupted')
    interrupted.addEventListener('abort', abort, { once: true })
    const { phase, error } = await run.wait()
    interrupted.removeEventListener('abort', abort)
    if (error !== undefined) stderr.write(`detached run ${run.name} ended as ${phase}: ${error.message}\n`)
    await untilDetachedEnd(run as LocalWireRun, io)
  }
}

async function toView(handle: LocalWireRun, taskName: string): Promise<FinishedRunView> {
  const { startedAt, endedAt, phase, error } = await handle.details()
  return {
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
}

/** As a server says it: with the places in the user's code. */
function messageOf({ code, message, stack = '' }: RunError): string {
  const what = code === undefined || message.startsWith(code) ? message : `${code}: ${message}`
  const [, frames = ''] = /\n(\s+at [^]*)$/.exec(stack) ?? []
  return frames === '' ? what : `${what}\n${frames}`
}
