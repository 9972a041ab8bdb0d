import type { Command } from 'commander'
import { UsageError } from '../usage-error.ts'
import { suggest } from './suggest.ts'

/** What commander says about an unknown flag, for the commands whose flags are not all known at first. */
export function unknownOption(flag: string, command: Command, hint: string): UsageError {
  const known = command.options.flatMap(({ long }) => long ?? [])
  const similar = suggest(flag.replace(/=.*$/, ''), known)
  return new UsageError(`unknown option ${flag}`, { hint: similar === undefined ? hint : `Did you mean ${similar}?` })
}
