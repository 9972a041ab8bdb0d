import type { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { runDeployedTask } from './run-deployed-task.ts'
import { runFileTask } from './run-file-task.ts'
import { runTrigger } from './run-trigger.ts'
import type { RunTarget } from './run-target.ts'
import { splitAtTask } from './task-words.ts'

/** Does what `tern run` was asked to. */
export async function runTarget(target: RunTarget, run: Command, io: CliIo): Promise<void> {
  switch (target.kind) {
    case 'file':
      return runFileTask({ file: target.file, words: splitAtTask(target.file, target.rest, run), run, io })
    case 'deployed': {
      const { task, rest, command } = splitAtTask('deployed-task', target.rest, run)
      if (task === undefined) {
        throw new UsageError('tern run deployed-task needs the name of a task', {
          hint: 'For example: tern run deployed-task hello.main. `tern get task` lists what is deployed.',
        })
      }
      return runDeployedTask({ reference: task, words: rest, parent: command, isNamedByFlag: false, io })
    }
    case 'trigger':
      return runTrigger(target.rest, run, io)
    case 'named':
      return runDeployedTask({ reference: target.reference, words: target.rest, parent: run, isNamedByFlag: true, io })
  }
}
