import { create } from '@bufbuild/protobuf'
import { rootActionName } from '@tern/core'
import { RelationSchema, RelationType } from '@tern/idl/common'
import { type Inputs, RecoverSchema, type RunSpec, RunSpecSchema, type TaskSpec } from '@tern/idl/task'
import type { ActionDetails } from '@tern/idl/workflow'
import type { TernClient } from '@tern/sdk/client'
import type { Command } from 'commander'
import { type RerunOptions, withRerunOptions } from '../commands/rerun-options.ts'
import { connect } from '../connect.ts'
import { orSuggest } from '../flags/not-found.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { CommandError, UsageError } from '../usage-error.ts'
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
    base: toRunSpec(source, client, options),
    options,
    io,
  })
}

/** What is run again. */
interface Source {
  readonly run: string
  readonly spec: TaskSpec
  readonly inputs: Inputs
  readonly runSpec: RunSpec | undefined
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

async function findSource(client: TernClient, run: string, options: RerunOptions): Promise<Source> {
  const action = options.actionName ?? rootActionName
  const { action: root, runSpec } = await orSuggest(client.getRun(run), run, () => runNames(client))
  const details = action === rootActionName ? root : await findAction(client, run, action)
  for (const name of options.forceRerunAction ?? []) await findAction(client, run, name)
  if (details?.spec.case !== 'task') {
    throw new CommandError(`action ${action} of run ${run} executes no task`, {
      hint: `\`tern get action ${run}\` lists its actions.`,
    })
  }
  const { inputs } = await client.getActionData(run, action)
  if (inputs === undefined) throw new CommandError(`the server has no inputs of run ${run}`)
  return { run, spec: details.spec.value, inputs, runSpec }
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
function withDefaults({ spec, inputs }: Source): TaskSpec {
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

/** How the run was made, and where the new one comes from. What the old one says of that is about another. */
function toRunSpec({ run, runSpec }: Source, client: TernClient, options: RerunOptions): RunSpec {
  const { relatedTo: _, recover: __, runStartTime: ___, ...kept } = runSpec ?? create(RunSpecSchema)
  const { org, project, domain } = client.configuration
  const relation = create(RelationSchema, {
    relatedTo: { org, project, domain, name: run },
    relationType: options.recover ? RelationType.RECOVER : RelationType.RERUN,
  })
  const forced = options.forceRerunAction
  if (forced === undefined) return { ...kept, relation }
  return { ...kept, relation, recover: create(RecoverSchema, { forceRerunActions: [...forced] }) }
}

function warnOfInputs(run: string, names: readonly string[], { stderr }: CliIo): void {
  const what = names.length === 1 ? `input ${names[0]} is` : `inputs ${names.join(', ')} are`
  stderr.write(
    `${stderr.colors.yellow('warning:')} ${what} changed; what is taken over from ${run} was made with what it was.\n` +
      `${stderr.colors.dim('hint:')} --force-rerun-action ACTION executes an action again.\n`,
  )
}
