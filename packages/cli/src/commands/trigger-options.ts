import { type Command, Option } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { parseInstant, parseKeyValue, parsePair } from '../flags/parse-values.ts'
import { parseCatchUp } from '../triggers/policies.ts'

/** What is said about a trigger when it is made or changed. */
export interface TriggerOptions extends ConnectionOptions {
  readonly schedule?: string
  readonly timezone?: string
  /** A length of time, e.g. `5m`. */
  readonly every?: string
  /** UTC epoch milliseconds. */
  readonly start?: number
  readonly input?: readonly (readonly [name: string, text: string])[]
  readonly kickoffArg?: string
  /** What Flyte's command calls it. */
  readonly triggerTimeVar?: string
  readonly description?: string
  readonly version?: string
  readonly overlap?: string
  readonly catchUp?: string
  readonly label?: Readonly<Record<string, string>>
  readonly annotation?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** Adds the flags that say what a trigger is to be. */
export function withTriggerOptions(command: Command): Command {
  const option = (flags: string, description: string) => new Option(flags, description)
  return command
    .addOption(
      option('--schedule <cron>', `five fields, e.g. '0 9 * * MON-FRI', or @daily, @hourly, '@every 90s'`).conflicts(
        'every',
      ),
    )
    .addOption(option('--timezone <name>', 'zone of the schedule, e.g. Europe/Berlin (default UTC)'))
    .addOption(option('--every <duration>', 'a fixed rate instead of a schedule, in whole minutes: 5m, 2h, 1d'))
    .addOption(option('--start <time>', 'when a fixed rate begins, e.g. 2026-01-31T12:00:00Z').argParser(parseInstant))
    .addOption(
      option('--input <name=value>', 'an input of its runs, written as for tern run; may be repeated').argParser(
        parsePair,
      ),
    )
    .addOption(option('--kickoff-arg <input>', 'the input that takes the time a run is scheduled for'))
    .addOption(option('--trigger-time-var <input>', 'the same').conflicts('kickoffArg').hideHelp())
    .addOption(option('--description <text>', 'what it is for'))
    .addOption(option('--version <text>', 'version of the task that it starts'))
    .addOption(
      option('--overlap <policy>', 'what happens when the run before still goes on').choices([
        'allow',
        'skip',
        'cancel',
      ]),
    )
    .addOption(
      option('--catch-up <policy>', 'which missed runs are made up for: all, latest, none, or a number').argParser(
        parseCatchUp,
      ),
    )
    .addOption(option('--label <key=value>', 'label of its runs; may be repeated').argParser(parseKeyValue))
    .addOption(option('--annotation <key=value>', 'annotation of its runs; may be repeated').argParser(parseKeyValue))
    .addOption(
      option('-e, --env <key=value>', 'environment variable for its runs; may be repeated').argParser(parseKeyValue),
    )
}
