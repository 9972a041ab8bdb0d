import { isSuccessPhase, isTerminalPhase, phaseName, rootActionName } from '@tern/core'
import type { ActionDetails } from '@tern/idl/workflow'
import type { TernClient } from '@tern/sdk/client'
import type { OutputFormat } from '../flags/common-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'
import { Progress } from '../output/progress.ts'
import { exitCodes } from '../report-error.ts'
import { QuietExit } from '../usage-error.ts'
import { toActionDetailsView } from '../views/action-view.ts'
import { toValues } from '../views/io-view.ts'
import { LogTail } from './log-tail.ts'
import { QuestionNotes } from './question-notes.ts'
import { type FinishedRunView, finishedRunText, reportFailure, type StartedRunView } from './finished-run-view.ts'

export interface FollowRequest {
  readonly client: TernClient
  readonly started: StartedRunView
  readonly format: OutputFormat
  readonly io: CliIo
  /** Shows the run as a tree, on the whole terminal. */
  readonly onScreen?: boolean
}

/**
 * Shows the log and the progress of a run until it has ended, and then its outputs.
 *
 * @throws QuietExit when the run did not succeed, or the user stopped following it
 */
export async function followRun(request: FollowRequest): Promise<void> {
  const { client, started, format, io } = request
  announce(started, io)
  const details = request.onScreen === true ? await look(request) : await watch(request)
  const view = await toFinishedView(started, details, client)
  await printResult(view, { format, io, toText: (run, style) => `\n${finishedRunText(run, style)}` })
  if (view.phase === 'SUCCEEDED' || view.phase === 'RECOVERED') return
  reportFailure(view, io)
  throw new QuietExit(exitCodes.failed)
}

async function watch({ client, started, format, io }: FollowRequest): Promise<ActionDetails> {
  const { name } = started
  const { interrupted } = io
  const progress = new Progress(io)
  const log = new LogTail({
    client,
    run: name,
    stream: format === 'table' ? io.stdout : io.stderr,
    progress,
    interrupted,
  })
  const questions = new QuestionNotes({ client, run: name, stream: io.stderr, progress })
  let last: ActionDetails | undefined
  try {
    for await (const details of client.watchAction(name, rootActionName, { signal: interrupted })) {
      last = details
      progress.show(phaseName(details.status?.phase ?? 0))
      log.follow(details)
    }
    await log.ended()
  } catch (error) {
    if (!interrupted.aborted) throw error
    progress.end()
    leave(name, io)
  } finally {
    questions.end()
    progress.end()
  }
  if (last === undefined) throw new Error(`the server said nothing about run ${name}`)
  return last
}

async function look({ client, started, io }: FollowRequest): Promise<ActionDetails> {
  // Loaded when it is asked for.
  const [{ showRun }, { RemoteScreenRun }] = await Promise.all([
    import('../tui/show-run.ts'),
    import('../tui/remote-run.ts'),
  ])
  const run = new RemoteScreenRun(client, started.name)
  await run.start()
  try {
    const taskName = started.task ?? started.name
    await showRun({ handle: run, taskName, questions: run, endsWithScreen: false, now: () => io.now() })
  } finally {
    run.stop()
  }
  const details = await client.getAction(started.name)
  return isTerminalPhase(details.status?.phase ?? 0) ? details : leave(started.name, io)
}

async function toFinishedView(
  started: StartedRunView,
  details: ActionDetails,
  client: TernClient,
): Promise<FinishedRunView> {
  const { phase, startedAt, endedAt, durationMs, error, abort, task, taskVersion } = toActionDetailsView(details)
  const hasOutputs = isSuccessPhase(details.status?.phase ?? 0)
  const data = hasOutputs ? await client.getActionData(started.name) : undefined
  return {
    ...started,
    task,
    taskVersion,
    phase,
    startedAt,
    endedAt,
    durationMs,
    outputs: data === undefined ? null : toValues(data.outputs?.literals ?? []),
    error: error ?? (abort === null ? null : { kind: 'user', message: `it was aborted: ${abort.reason}` }),
  }
}

function announce({ name, task, url }: StartedRunView, { stderr }: CliIo): void {
  const of = task === null ? '' : ` of ${task}`
  stderr.write(`Started run ${stderr.colors.bold(name)}${of}\n${url === null ? '' : `${url}\n`}\n`)
}

function leave(name: string, { stderr }: CliIo): never {
  stderr.write(`\nThe run goes on. Follow it: tern get logs ${name} --follow; abort it: tern abort run ${name}\n`)
  throw new QuietExit(exitCodes.interrupted)
}
