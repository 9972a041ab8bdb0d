import type { Command } from 'commander'
import type { Inputs } from '@tern/idl/task'
import type { AnyTask } from '@tern/sdk'
import {
  bundleFile,
  type BundleProgram,
  type CodeBundle,
  compileImages,
  isLaunchPlan,
  type LaunchedSpec,
  launchedSpecOf,
  loadBundle,
  taskSpecOf,
} from '@tern/sdk/bundle'
import type { TernClient } from '@tern/sdk/client'
import { definitionOf, LocalPlace, localFilesRoot } from '@tern/sdk/internal'
import type { RunOptions } from '../commands/run-options.ts'
import { connect } from '../connect.ts'
import { type ResolvedOptions, resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'
import { chooseTask } from './choose-task.ts'
import { fileTasksText, toFileTasksView } from './file-tasks-view.ts'
import { runLocally } from './run-locally.ts'
import { storeGivenFiles } from './given-files.ts'
import { startRun, type StartRequest } from './start-run.ts'
import { type TaskArguments, parseTaskArguments } from './task-arguments.ts'
import type { TaskWords } from './task-words.ts'
import { checkValues } from './check-values.ts'

export interface FileTaskRequest {
  readonly file: string
  readonly words: TaskWords
  readonly run: Command
  readonly io: CliIo
}

/** Runs a task or a launch plan of a file, or lists the tasks when none is named. */
export async function runFileTask({ file, words, run, io }: FileTaskRequest): Promise<void> {
  const bundle = await bundleFile(file, { workingDirectory: io.cwd })
  const program = await loadBundle(bundle)
  if (words.task === undefined) return listTasks({ file, program, words, run, io })
  const task = chooseTask(program, words.task, file)
  // Only the interface matters yet; where the task belongs is known once the flags are.
  const spec = taskSpecOf(task, { org: '', project: '', domain: '', version: bundle.version, bundleUri: '' })
  const parsed = await parseTaskArguments({ spec, name: words.task, words: words.rest, parent: words.command, io })
  await checkValues(definitionOf(task).interface, parsed)
  const { options } = parsed
  if (options.values.local) {
    const inputs = await storeGivenFiles(parsed.inputs, parsed, () => new LocalPlace(localFilesRoot('given')))
    return runLocally({ program, taskName: task.name, inputs, options: options.values, io })
  }
  return runRemotely({ task, bundle, images: await compileImages(program.environments, bundle.root), parsed, io })
}

interface RemoteRequest {
  readonly task: AnyTask
  readonly bundle: CodeBundle
  readonly images: Readonly<Record<string, string>>
  readonly parsed: TaskArguments
  readonly io: CliIo
}

async function runRemotely({ task, bundle, images, parsed, io }: RemoteRequest): Promise<void> {
  const client = await connect(parsed.options, io)
  const { org, project, domain } = client.configuration
  const bundleUri = await client.uploadBundle(bundle)
  const location = { org, project, domain, version: bundle.version, bundleUri, images }
  const { values } = parsed.options
  const inputs = await storeGivenFiles(parsed.inputs, parsed, () => client.place)
  const request = { client, name: values.name, options: values, io }
  if (isLaunchPlan(task)) return startPlan(launchedSpecOf(task, location), inputs, request)
  await startRun({ ...request, task: { spec: taskSpecOf(task, location) }, inputs })
}

/** Starts what a plan of the file launches, as the plan says, though the plan need not be deployed. */
async function startPlan(
  { task, fixedInputs, context, runSpec }: LaunchedSpec,
  given: Inputs,
  request: Omit<StartRequest, 'task'>,
): Promise<void> {
  const inputs = { ...given, literals: [...given.literals, ...fixedInputs], context: [...given.context, ...context] }
  const started = 'spec' in task ? task : { reference: await newest(request.client, task.deployed) }
  await startRun({ ...request, task: started, inputs, base: runSpec })
}

async function newest(client: TernClient, task: Extract<LaunchedSpec['task'], { deployed: unknown }>['deployed']) {
  const { name, version, project, domain } = task
  const place = { name, project, domain }
  return { ...place, version: version === '' ? ((await client.getTask(place)).taskId?.version ?? '') : version }
}

async function listTasks({
  file,
  program,
  words,
  run,
  io,
}: FileTaskRequest & { program: BundleProgram }): Promise<void> {
  if (words.wantsHelp) io.stdout.write(`${run.helpInformation()}\n`)
  const options: ResolvedOptions<RunOptions> = await resolveOptions(words.command, io)
  const view = toFileTasksView(program)
  await printResult(view, {
    format: words.wantsHelp ? 'table' : options.values.output,
    io,
    toText: (tasks, style) => fileTasksText(tasks, file, style),
  })
}
