import type { TaskSpec } from '@tern/idl/task'
import type { ActionDetails } from '@tern/idl/workflow'
import { findRunSource, type RunSource, type TernClient, toRerunSpec } from '@tern/sdk/client'
import type { Command } from 'commander'
import { type RerunOptions, withRerunOptions } from '../commands/rerun-options.ts'
import { connect } from '../connect.ts'
import { orSuggest } from '../flags/not-found.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { storeGivenFiles } from './given-files.ts'
import { startRun } from './start-run.ts'
import { parseOwnFlags, parseTaskArguments } from './task-arguments.ts'

export interface RerunRequest {
  readonly run: string
  /** What stood after the run. */
  readonly words: readonly string[]
  /** The command before: its flags count too. */
  readonly parent: Command
  readonly io: CliIo
}

/** Runs again what a run ran, or one action of it; or recovers it. */
export async function rerun({ run, words, parent, io }: RerunRequest): Promise<void> {
  const own = await resolveOptions<RerunOptions>(parseOwnFlags(words, parent, withRerunOptions), io)
  checkOptions(own.values)
  const client = await connect(own, io)
  const source = await findSource(client, run, own.values)
  const parsed = await parseTaskArguments<RerunOptions>({
    spec: withDefaults(source),
    name: run,
    words,
    parent,
    io,
    addOwnOptions: withRerunOptions,
  })
  const options = parsed.options.values
  checkOptions(options)
  if (options.recover && parsed.given.size > 0) warnOfInputs(run, [...parsed.given.keys()], io)
  await startRun({
    client,
    task: { spec: source.spec },
    inputs: { ...(await storeGivenFiles(parsed.inputs, parsed, () => client.place)), context: source.inputs.context },
    name: options.name,
    base: toRerunSpec(client, source, { recover: options.recover, forceActions: options.forceRerunAction }),
    options,
    io,
  })
}

function checkOptions({ recover, actionName, forceRerunAction }: RerunOptions): void {
  if (forceRerunAction !== undefined && !recover) {
    throw new UsageError('--force-rerun-action says what --recover is not to take over', {
      hint: 'Without --recover, everything is executed.',
    })
  }
  if (recover && actionName !== undefined) {
    throw new UsageError('--recover is about a whole run, and not about --action-name', {
      hint: 'Recover the run, or execute the action by itself, without --recover.',
    })
  }
}

async function findSource(client: TernClient, run: string, options: RerunOptions): Promise<RunSource> {
  await orSuggest(client.getRun(run), run, () => runNames(client))
  const named = [...(options.actionName === undefined ? [] : [options.actionName]), ...(options.forceRerunAction ?? [])]
  for (const name of named) await findAction(client, run, name)
  return findRunSource(client, run, options.actionName)
}

function findAction(client: TernClient, run: string, action: string): Promise<ActionDetails> {
  return orSuggest(client.getAction(run, action), action, async function* () {
    for await (const { id } of client.listActions(run)) yield id?.name ?? ''
  })
}

async function* runNames(client: TernClient) {
  for await (const { action } of client.listRuns()) yield action?.id?.run?.name ?? ''
}

/** The task with what its inputs were for defaults: what is not given stays as it was. */
function withDefaults({ spec, inputs }: RunSource): TaskSpec {
  const variables = spec.taskTemplate?.interface?.inputs?.variables ?? []
  const defaults = inputs.literals.flatMap(({ name, value }): TaskSpec['defaultInputs'] => {
    const variable = variables.find(({ key }) => key === name)?.value
    if (variable === undefined || value === undefined) return []
    return [
      {
        $typeName: 'flyteidl2.task.NamedParameter',
        name,
        parameter: {
          $typeName: 'flyteidl2.core.Parameter',
          var: variable,
          behavior: { case: 'default', value },
        },
      },
    ]
  })
  return { ...spec, defaultInputs: defaults }
}

function warnOfInputs(run: string, names: readonly string[], { stderr }: CliIo): void {
  const what = names.length === 1 ? `input ${names[0]} is` : `inputs ${names.join(', ')} are`
  stderr.write(
    `${stderr.colors.yellow('warning:')} ${what} changed; what is taken over from ${run} was made with what it was.\n` +
      `${stderr.colors.dim('hint:')} --force-rerun-action ACTION executes an action again.\n`,
  )
}
