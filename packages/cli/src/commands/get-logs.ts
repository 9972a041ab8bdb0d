import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { exitCodes } from '../report-error.ts'
import { untilQuiet } from '../until-quiet.ts'
import { CommandError, QuietExit } from '../usage-error.ts'
import { serverCommand } from './command.ts'

interface GetLogsOptions extends ConnectionOptions {
  readonly follow?: boolean
  readonly attempt?: number
}

// Lines that exist arrive at once; after a pause of this length the rest is still to be written.
const quietMs = 500

export function getLogsCommand(io: CliIo): Command {
  const command = new Command('logs')
    .alias('log')
    .description('show what an action has written')
    .argument('<run>', 'name of the run')
    .argument('[action]', 'name of the action', 'a0')
    .option('-f, --follow', 'go on until the action has ended')
    .option('--attempt <number>', 'one of its attempts, counted from 1; defaults to the last', parseCount)
    .addHelpText(
      'after',
      examples(
        ["tern get logs RUN -o json | jq -r '.text'", 'one JSON object a line'],
        ['tern get logs RUN -o json | jq \'select(.record.level == "error")\'', 'what a logger called an error'],
      ),
    )
  return serverCommand<GetLogsOptions>(command, io, async ({ client, options }, run = '', action = 'a0') => {
    const { logLine, toLogView } = await import('../views/log-view.ts')
    const { isTerminalPhase, phaseName } = await import('@tern/core')
    const { status } = await client.getAction(run, action)
    const phase = status?.phase ?? 0
    const attempts = status?.attempts ?? 0
    const { follow = false, attempt = Math.max(attempts, 1) } = options
    if (attempt > attempts && !(follow && !isTerminalPhase(phase))) {
      if (options.attempt === undefined)
        return note(io, `Action ${action} has written nothing: it is ${phaseName(phase)}.`)
      throw new CommandError(`action ${action} of run ${run} has no attempt ${attempt}`, {
        hint: `It has had ${attempts === 1 ? '1 attempt' : `${attempts} attempts`}.`,
      })
    }
    const stop = new AbortController()
    const lines = client.logs(run, action, { attempt, signal: AbortSignal.any([io.interrupted, stop.signal]) })
    const isComplete = follow || isTerminalPhase(phase) || attempt < attempts
    try {
      for await (const entry of isComplete ? lines : untilQuiet(lines, { quietMs, stop: () => stop.abort() })) {
        io.stdout.write(logLine(toLogView(entry), options.output, io.stdout.colors))
      }
    } catch (error) {
      if (io.interrupted.aborted) throw new QuietExit(exitCodes.interrupted)
      throw error
    }
    if (!isComplete) note(io, `Action ${action} is ${phaseName(phase)}; go on with --follow.`)
  })
}

function note(io: CliIo, text: string): void {
  io.stderr.write(`${io.stderr.colors.dim(text)}\n`)
}
