import { Command, Option } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface GetIoOptions extends ConnectionOptions {
  readonly inputsOnly?: boolean
  readonly outputsOnly?: boolean
}

export function getIoCommand(io: CliIo): Command {
  const command = new Command('io')
    .description('show what went into an action and what came out')
    .argument('<run>', 'name of the run')
    .argument('[action]', 'name of the action', 'a0')
    .addOption(new Option('--inputs-only', 'leave the outputs out').conflicts('outputsOnly'))
    .addOption(new Option('--outputs-only', 'leave the inputs out'))
    .addHelpText(
      'after',
      examples(["tern get io RUN -o json | jq '.outputs.o0'", 'the result of a task with one output']),
    )
  return serverCommand<GetIoOptions>(command, io, async ({ client, options, print }, run = '', action = 'a0') => {
    const { ioText, toValues } = await import('../views/io-view.ts')
    const { isSuccessPhase } = await import('@tern/core')
    const [details, data] = await Promise.all([client.getAction(run, action), client.getActionData(run, action)])
    const hasOutputs = isSuccessPhase(details.status?.phase ?? 0)
    const view = {
      run,
      action,
      ...(options.outputsOnly ? {} : { inputs: toValues(data.inputs?.literals ?? []) }),
      ...(options.inputsOnly ? {} : { outputs: hasOutputs ? toValues(data.outputs?.literals ?? []) : null }),
    }
    await print(view, ioText)
  })
}
