import { Command } from 'commander'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { withRerunOptions } from './rerun-options.ts'

export function rerunCommand(io: CliIo): Command {
  const command = new Command('rerun')
    .description('run again what a run ran: the same code, with the same inputs or others')
    .usage('[options] RUN [inputs]')
    .argument('[run]', 'name of the run')
    .argument('[inputs...]', 'a flag for each input that is to be another: see --help after the run')
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText(
      'after',
      `${examples(
        ['tern rerun RUN', 'run it once more'],
        ['tern rerun RUN --help', 'list its inputs, and what they were'],
        ['tern rerun RUN --n 10 --follow', 'with another input; all others stay as they were'],
        ['tern rerun RUN --recover', 'execute only what did not succeed'],
        ['tern rerun RUN --recover --force-rerun-action ACTION', 'and that action'],
        ['tern rerun RUN --action-name ACTION', 'one action of it, by itself'],
      )}\n\nThese options may also stand after the run, unless it has an input of that name.`,
    )
  return withRerunOptions(command).action(async () => {
    const [run, ...words] = command.args
    if (run === undefined) {
      throw new UsageError('tern rerun needs the name of a run', {
        hint: '`tern get run` lists them. See tern rerun --help.',
      })
    }
    const { rerun } = await import('../task-run/rerun.ts')
    await rerun({ run, words, parent: command, io })
  })
}
