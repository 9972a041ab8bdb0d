import type { Command } from 'commander'
import type { RunOptions } from '../commands/run-options.ts'
import { connect } from '../connect.ts'
import { findDeployedTask } from '../flags/deployed-task.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import { parseTaskReference } from '../flags/task-reference.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { storeGivenFiles } from './given-files.ts'
import { startRun } from './start-run.ts'
import { parseOwnFlags, parseTaskArguments } from './task-arguments.ts'

export interface DeployedTaskRequest {
  /** `ENV.TASK` or `ENV.TASK:VERSION` */
  readonly reference: string
  readonly words: readonly string[]
  /** The command before: its flags count too. */
  readonly parent: Command
  /** Whether `--name` named the task, and therefore not the run. */
  readonly isNamedByFlag: boolean
  readonly io: CliIo
}

/** Runs a task that was deployed. */
export async function runDeployedTask(request: DeployedTaskRequest): Promise<void> {
  const { words, parent, io, isNamedByFlag } = request
  const reference = parseTaskReference(request.reference)
  const own = await resolveOptions<RunOptions>(parseOwnFlags(words, parent), io)
  if (own.values.local) {
    throw new UsageError('a deployed task runs on a server, and not with --local', {
      hint: 'Run it from its file: tern run --local FILE TASK.',
    })
  }
  const client = await connect(own, io)
  const { name, version, spec } = await findDeployedTask(client, reference)
  const parsed = await parseTaskArguments({ spec, name: request.reference, words, parent, io })
  const { values } = parsed.options
  await startRun({
    client,
    task: { reference: { name, version } },
    inputs: await storeGivenFiles(parsed.inputs, parsed, () => client.place),
    name: isNamedByFlag ? undefined : values.name,
    options: values,
    io,
  })
}
