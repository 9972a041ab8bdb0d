import type { Command } from 'commander'
import { plainOption, type StartOptions, withStartOptions } from './run-options.ts'

export interface LaunchOptions extends StartOptions {
  readonly version?: string
}

/** Adds the flags of `tern launch`, which may stand before the plan and after it. */
export function withLaunchOptions(command: Command): Command {
  const version = plainOption('--version <text>', 'version of the plan; defaults to the active one')
  return withStartOptions(command.addOption(version), 'launch', 'name of the run')
}
