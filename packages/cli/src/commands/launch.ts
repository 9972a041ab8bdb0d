import { Command } from 'commander'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { withLaunchOptions } from './launch-options.ts'

export function launchCommand(io: CliIo): Command {
  const command = new Command('launch')
    .description('start a run of a deployed launch plan')
    .usage('[options] PLAN [inputs]')
    .argument('<plan>', 'its name; `tern get launch-plan` lists them')
    .argument('[inputs...]', 'a flag for each input: see --help after the plan')
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText(
      'after',
      `${examples(
        ['tern launch nightly --help', "list the plan's inputs"],
        ['tern launch nightly --rows 100 --follow', 'run it, and show the result'],
        ['tern launch nightly --version 5f2c', 'another version than the active one'],
      )}\n\nThese options may also stand after the plan, unless it has an input of that name.`,
    )
  return withLaunchOptions(command).action(async () => {
    const { launch } = await import('../launch-plans/launch.ts')
    await launch(command, io)
  })
}
