import { Command } from 'commander'
import { activateCommand, deactivateCommand } from './commands/activate.ts'
import { abortActionCommand } from './commands/abort-action.ts'
import { abortRunCommand } from './commands/abort-run.ts'
import { compileCommand } from './commands/compile.ts'
import { createProjectCommand } from './commands/create-project.ts'
import { createSecretCommand } from './commands/create-secret.ts'
import { createTriggerCommand } from './commands/create-trigger.ts'
import { deleteLocalCacheCommand } from './commands/delete-local-cache.ts'
import { deleteSecretCommand } from './commands/delete-secret.ts'
import { deleteTriggerCommand } from './commands/delete-trigger.ts'
import { buildCommand } from './commands/build.ts'
import { deployCommand } from './commands/deploy.ts'
import { getActionCommand } from './commands/get-action.ts'
import { diffCommand } from './commands/diff.ts'
import { editSettingsCommand } from './commands/edit-settings.ts'
import { getArtifactCommand } from './commands/get-artifact.ts'
import { getConditionCommand } from './commands/get-condition.ts'
import { getIoCommand } from './commands/get-io.ts'
import { getLogsCommand } from './commands/get-logs.ts'
import { getProjectCommand } from './commands/get-project.ts'
import { getRunCommand } from './commands/get-run.ts'
import { getLaunchPlanCommand } from './commands/get-launch-plan.ts'
import { getNotificationCommand } from './commands/get-notification.ts'
import { getSecretCommand } from './commands/get-secret.ts'
import { getSettingsCommand } from './commands/get-settings.ts'
import { getStatusCommand } from './commands/get-status.ts'
import { getTaskCommand } from './commands/get-task.ts'
import { getTriggerCommand } from './commands/get-trigger.ts'
import { launchCommand } from './commands/launch.ts'
import { rerunCommand } from './commands/rerun.ts'
import { runCommand } from './commands/run.ts'
import { signalConditionCommand } from './commands/signal-condition.ts'
import { startCommand } from './commands/start.ts'
import { updateProjectCommand } from './commands/update-project.ts'
import { updateSecretCommand } from './commands/update-secret.ts'
import { updateTriggerCommand } from './commands/update-trigger.ts'
import { withConnectionOptions } from './flags/common-options.ts'
import { examples, styleHelp } from './flags/help-style.ts'
import type { CliIo } from './io.ts'
import { version } from './version.ts'

/** The whole `tern` command. Commands load what they need when they are called, so that help comes at once. */
export function createProgram(io: CliIo): Command {
  const program = new Command('tern')
    .description('Tern: durable runs of TypeScript tasks')
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      examples(
        ['tern start', 'start a server'],
        ["tern run hello.ts main --numbers '[1,2,3]' --follow", 'run a task, and show the result'],
        ['tern get run', 'list runs'],
      ),
    )
  withConnectionOptions(program)
  program.addCommand(startCommand(io))
  program.addCommand(runCommand(io))
  program.addCommand(rerunCommand(io))
  program.addCommand(launchCommand(io))
  program.addCommand(deployCommand(io))
  program.addCommand(activateCommand(io))
  program.addCommand(deactivateCommand(io))
  program.addCommand(buildCommand(io))
  program.addCommand(compileCommand(io))
  program.addCommand(diffCommand(io))
  program.addCommand(
    group('get', 'show runs, tasks, triggers, secrets, settings and more', [
      getRunCommand(io),
      getActionCommand(io),
      getLogsCommand(io),
      getIoCommand(io),
      getConditionCommand(io),
      getTaskCommand(io),
      getTriggerCommand(io),
      getLaunchPlanCommand(io),
      getArtifactCommand(io),
      getProjectCommand(io),
      getSecretCommand(io),
      getNotificationCommand(io),
      getSettingsCommand(io),
      getStatusCommand(io),
    ]),
  )
  program.addCommand(
    group('create', 'make a project, a trigger or a secret', [
      createProjectCommand(io),
      createTriggerCommand(io),
      createSecretCommand(io),
    ]),
  )
  program.addCommand(
    group('update', 'change a project, a trigger or a secret', [
      updateProjectCommand(io),
      updateTriggerCommand(io),
      updateSecretCommand(io),
    ]),
  )
  program.addCommand(group('edit', 'edit settings', [editSettingsCommand(io)]))
  program.addCommand(
    group('delete', 'delete a trigger, a secret or the cache of local runs', [
      deleteTriggerCommand(io),
      deleteSecretCommand(io),
      deleteLocalCacheCommand(io),
    ]),
  )
  program.addCommand(group('abort', 'abort a run or an action', [abortRunCommand(io), abortActionCommand(io)]))
  program.addCommand(group('signal', 'give a run the value that it waits for', [signalConditionCommand(io)]))
  configureTree(program, io)
  return program
}

function group(name: string, description: string, commands: readonly Command[]): Command {
  const command = new Command(name).description(description)
  for (const inner of commands) command.addCommand(inner)
  return command
}

/** Settings that commander does not hand down to commands that were made on their own. */
function configureTree(command: Command, io: CliIo): void {
  styleHelp(command)
  command
    .exitOverride((error) => {
      throw Object.assign(error, { commandPath: pathOf(command) })
    })
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
      getOutHasColors: () => io.stdout.colors.isColorSupported,
      getErrHasColors: () => io.stderr.colors.isColorSupported,
      // What was wrong is printed where all errors are.
      outputError: () => undefined,
    })
  for (const inner of command.commands) configureTree(inner, io)
}

/** A command as it is written: `tern get run`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
