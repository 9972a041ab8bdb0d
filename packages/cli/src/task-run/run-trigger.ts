import { Command } from 'commander'
import { type RunOptions, withRunOptions } from '../commands/run-options.ts'
import { connect } from '../connect.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { orSuggestTrigger, toTriggerReference } from '../triggers/trigger-reference.ts'
import { UsageError } from '../usage-error.ts'
import { startRun } from './start-run.ts'

/** Runs now what a trigger starts by itself: the same version of the task, with the same inputs. */
export async function runTrigger(words: readonly string[], run: Command, io: CliIo): Promise<void> {
  const command = withRunOptions(new Command('trigger').copyInheritedSettings(run))
    .description('run now what a trigger starts by itself')
    .argument('<task>', 'ENV.TASK')
    .argument('<trigger>', 'its name')
    .helpOption('-h, --help', 'show help')
    .action(() => undefined)
  command.parent = run
  command.parse([...words], { from: 'user' })
  const [first = '', second = ''] = command.args
  const trigger = toTriggerReference(first, second)
  const resolved = await resolveOptions<RunOptions>(command, io)
  if (resolved.values.local) throw new UsageError('a trigger runs on a server, and not with --local')
  const client = await connect(resolved, io)
  const { spec } = await orSuggestTrigger(client.triggers.get(trigger), trigger, client)
  const options = resolved.values
  await startRun({ client, task: { trigger }, name: options.name, base: spec?.runSpec, options, io })
}
