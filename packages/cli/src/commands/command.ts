import type { Command } from 'commander'
import type { TernClient } from '@tern/sdk/client'
import { connect } from '../connect.ts'
import { type ConnectionOptions, withConnectionOptions } from '../flags/common-options.ts'
import { type ResolvedOptions, resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { printResult, type TextStyle } from '../output/print-result.ts'

/** What a command that talks to a server works with. */
export interface CommandContext<T> {
  readonly client: TernClient
  readonly options: T
  /** Where each option's value comes from. */
  readonly sources: ResolvedOptions<T>['sources']
  readonly io: CliIo
  /** Prints the command's result in the format that was asked for. */
  readonly print: <D>(data: D, toText: (data: D, style: TextStyle) => string) => Promise<void>
}

/**
 * Finishes a command that talks to a server: adds the common flags, and does `work` with its arguments when it is called.
 *
 * @param work gets undefined for arguments that were left out
 */
export function serverCommand<T extends ConnectionOptions>(
  command: Command,
  io: CliIo,
  work: (context: CommandContext<T>, ...args: readonly (string | undefined)[]) => Promise<void>,
): Command {
  return withConnectionOptions(command).action(async (...received: unknown[]) => {
    const args = received.slice(0, -2) as (string | undefined)[]
    const resolved = await resolveOptions<T>(command, io)
    const client = await connect(resolved, io)
    const print = <D>(data: D, toText: (data: D, style: TextStyle) => string) =>
      printResult(data, { format: resolved.values.output, io, toText })
    await work({ client, options: resolved.values, sources: resolved.sources, io, print }, ...args)
  })
}

/** At most `limit` items, and whether there are more. */
export async function takeItems<T>(items: AsyncIterable<T>, limit: number): Promise<{ taken: T[]; hasMore: boolean }> {
  const taken: T[] = []
  for await (const item of items) {
    if (taken.length === limit) return { taken, hasMore: true }
    taken.push(item)
  }
  return { taken, hasMore: false }
}

/**
 * Says that a list was cut, on standard error so that a program that reads the output is not disturbed. Whoever set the
 * limit knows.
 */
export function noteMore({ io, sources, options }: CommandContext<ConnectionOptions & { limit: number }>): void {
  if (sources['limit'] !== 'default') return
  io.stderr.write(io.stderr.colors.dim(`The first ${options.limit} are shown, and there are more: see --limit.\n`))
}
