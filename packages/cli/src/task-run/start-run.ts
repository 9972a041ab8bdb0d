import type { Inputs } from '@tern/idl/task'
import { type Run, RunSource } from '@tern/idl/workflow'
import { type CreateRunOptions, type TernClient, toRunSpec } from '@tern/sdk/client'
import type { RunOptions } from '../commands/run-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'
import { followRun } from './follow-run.ts'
import { type StartedRunView, startedRunText } from './finished-run-view.ts'

export interface StartRequest {
  readonly client: TernClient
  readonly task: CreateRunOptions['task']
  readonly inputs: Inputs
  readonly name: string | undefined
  readonly options: RunOptions
  readonly io: CliIo
}

/** Starts a run on the server; says so, or follows it to its end. */
export async function startRun({ client, task, inputs, name, options, io }: StartRequest): Promise<void> {
  const runSpec = toRunSpec({
    ...(options.env === undefined ? {} : { envVars: options.env }),
    ...(options.label === undefined ? {} : { labels: options.label }),
    ...(options.queue === undefined ? {} : { queue: options.queue }),
    ...(options.maxActionConcurrency === undefined ? {} : { maxActionConcurrency: options.maxActionConcurrency }),
    ...(options.overwriteCache === undefined ? {} : { overwriteCache: options.overwriteCache }),
  })
  const started = toStartedView(await client.createRun({ task, inputs, name, runSpec, source: RunSource.CLI }), client)
  if (options.follow) return followRun({ client, started, format: options.output, io })
  await printResult(started, { format: options.output, io, toText: startedRunText })
}

function toStartedView({ action }: Run, client: TernClient): StartedRunView {
  const { name = '', project = '', domain = '' } = action?.id?.run ?? {}
  const spec = action?.metadata?.spec
  const task = spec?.case === 'task' ? spec.value.id : undefined
  return {
    name,
    project,
    domain,
    task: task?.name ?? null,
    taskVersion: task?.version ?? null,
    url: client.runUrl(name),
  }
}
