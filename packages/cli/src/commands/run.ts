import { Command } from 'commander'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { deployedKeyword, toRunTarget, triggerKeyword } from '../task-run/run-target.ts'
import { withRunOptions } from './run-options.ts'

export function runCommand(io: CliIo): Command {
  const command = new Command('run')
    .description('run a task: of a file, or one that is deployed')
    .usage('[options] FILE [TASK] [inputs]')
    .argument(
      '[file]',
      `file with the task; or ${deployedKeyword}, to run ENV.TASK[:VERSION]; or ${triggerKeyword}, to run ENV.TASK NAME`,
    )
    .argument('[task]', "the task's export, or its name; without it, the file's tasks are listed")
    .argument('[inputs...]', 'a flag for each input: see --help after the task')
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText(
      'after',
      `${examples(
        ['tern run hello.ts', 'list its tasks'],
        ['tern run hello.ts main --help', "list the task's inputs"],
        ["tern run hello.ts main --numbers '[1,2,3]' --follow", 'run it, and show the result'],
        ['tern run hello.ts main --numbers @numbers.json', 'read a value from a file'],
        ['tern run --local hello.ts main --numbers 1', 'run it in this process'],
        ['tern run deployed-task hello.main --numbers 1', 'run a deployed task'],
        ['tern run --name hello.main --numbers 1', 'the same'],
        ['tern run trigger hello.main nightly', 'what a trigger starts, now'],
      )}\n\nThese options may also stand after the task, unless it has an input of that name.`,
    )
  return withRunOptions(command).action(async () => {
    const target = toRunTarget(command.args, command.opts()['name'] as string | undefined, command)
    const { runTarget } = await import('../task-run/run.ts')
    await runTarget(target, command, io)
  })
}
