import type { Inputs, RunSpec } from '@tern/idl/task'
import { type Run, RunSource } from '@tern/idl/workflow'
import {
  type CreateRunOptions,
  type LaunchPlanReference,
  type StartRunOptions,
  type TernClient,
  toLaunchOptions,
  toRunSpec,
} from '@tern/sdk/client'
import type { LaunchOptions } from '../commands/launch-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'
import { toTriggerRunSpec } from '../triggers/trigger-run-spec.ts'
import { followRun } from './follow-run.ts'
import { checkTerminal } from './run-locally.ts'
import { type StartedRunView, startedRunText } from './finished-run-view.ts'

export interface StartRequest {
  readonly client: TernClient
  readonly task: CreateRunOptions['task'] | { readonly plan: LaunchPlanReference }
  /** Left out for a trigger, which has its own. */
  readonly inputs?: Inputs | undefined
  readonly name: string | undefined
  /** What the run is made with, where the options do not say otherwise. */
  readonly base?: RunSpec | undefined
  readonly options: LaunchOptions
  readonly io: CliIo
}

/** Starts a run on the server; says so, or follows it to its end. */
export async function startRun({ client, task, inputs, name, base, options, io }: StartRequest): Promise<void> {
  if (options.tui) checkTerminal(io)
  const started = toStartedView(await create({ client, task, inputs, name, base, options }), client)
  if (options.follow || options.tui) {
    return followRun({ client, started, format: options.output, io, onScreen: options.tui === true })
  }
  await printResult(started, { format: options.output, io, toText: startedRunText })
}

function create({ client, task, inputs, name, base, options }: Omit<StartRequest, 'io'>): Promise<Run> {
  if (!('plan' in task)) {
    return client.createRun({ task, inputs, name, runSpec: runSpecOf(options, base), source: RunSource.CLI })
  }
  const { runSpec } = toLaunchOptions(toOptions(options))
  return client.launchPlans.start(task.plan, { inputs, name, runSpec })
}

function runSpecOf(options: LaunchOptions, base: RunSpec | undefined): RunSpec {
  const given = toRunSpec(toOptions(options))
  if (base === undefined) return given
  return {
    ...toTriggerRunSpec(options, base),
    queue: given.queue || base.queue,
    maxActionConcurrency: given.maxActionConcurrency || base.maxActionConcurrency,
    overwriteCache: given.overwriteCache || base.overwriteCache,
    ...(given.overwriteCache && given.cacheConfig ? { cacheConfig: given.cacheConfig } : {}),
  }
}

function toOptions(options: LaunchOptions): StartRunOptions {
  return {
    ...(options.env === undefined ? {} : { envVars: options.env }),
    ...(options.label === undefined ? {} : { labels: options.label }),
    ...(options.queue === undefined ? {} : { queue: options.queue }),
    ...(options.maxActionConcurrency === undefined ? {} : { maxActionConcurrency: options.maxActionConcurrency }),
    ...(options.overwriteCache === undefined ? {} : { overwriteCache: options.overwriteCache }),
  }
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
