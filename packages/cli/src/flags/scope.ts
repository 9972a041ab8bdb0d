import { type Command, Option } from 'commander'
import type { SettingLevelName } from '@tern/core/settings'
import type { Scope, TernClient } from '@tern/sdk/client'
import { UsageError } from '../usage-error.ts'
import type { ConnectionOptions } from './common-options.ts'
import type { OptionSource } from './resolve-options.ts'

export interface ScopeOptions extends ConnectionOptions {
  readonly global?: boolean
  /** The same. */
  readonly org?: boolean
}

/** Adds the flags that say for whom something is: `--global` or `--org`, whichever is usual for it, beside the common ones. */
export function withScopeOptions(command: Command, usual: 'global' | 'org'): Command {
  const words = 'for all projects and domains'
  return command
    .addOption(new Option('--global', words).hideHelp(usual !== 'global'))
    .addOption(new Option('--org', words).hideHelp(usual !== 'org'))
}

/** What stands below the help of commands with these flags. */
export const scopeHelp =
  'Without a flag, it is for the configured project and domain; --domain alone is for every project of that domain.'

/**
 * For whom something is.
 *
 * @throws UsageError for flags that contradict each other
 */
export function scopeOf(
  { global = false, org = false }: Pick<ScopeOptions, 'global' | 'org'>,
  sources: Readonly<Record<string, OptionSource>>,
  { configuration }: Pick<TernClient, 'configuration'>,
): Scope {
  const isGiven = (name: 'project' | 'domain') => sources[name] === 'flag'
  if (global || org) {
    const named = (['project', 'domain'] as const).find(isGiven)
    if (named === undefined) return {}
    throw new UsageError(`${global ? '--global' : '--org'} is for all, and --${named} names one`)
  }
  const { project, domain } = configuration
  return isGiven('domain') && !isGiven('project') ? { domain } : { project, domain }
}

export type ScopeLevelName = SettingLevelName

export function levelOf({ project, domain }: Scope): ScopeLevelName {
  if (project !== undefined) return 'PROJECT'
  return domain === undefined ? 'ORG' : 'DOMAIN'
}

/** For whom, in words: `project etl, domain staging`. */
export function scopeWords({ project, domain }: Scope): string {
  if (project !== undefined) return `project ${project}, domain ${domain}`
  return domain === undefined ? 'all projects' : `domain ${domain}`
}

/** The scope and those around it, the narrowest first. */
export function scopesAround({ project, domain }: Scope): readonly Scope[] {
  return [...(project === undefined ? [] : [{ project, domain }]), ...(domain === undefined ? [] : [{ domain }]), {}]
}
