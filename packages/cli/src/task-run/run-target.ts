import type { Command } from 'commander'
import { unknownOption } from '../flags/unknown-option.ts'
import { UsageError } from '../usage-error.ts'

/** The word that stands for the file when a deployed task is run. */
export const deployedKeyword = 'deployed-task'

/** The word that stands for the file when a trigger is run by hand. */
export const triggerKeyword = 'trigger'

/** What `tern run` is asked to run, and the words after that. */
export type RunTarget =
  | { readonly kind: 'file'; readonly file: string; readonly rest: readonly string[] }
  | { readonly kind: 'deployed'; readonly rest: readonly string[] }
  | { readonly kind: 'trigger'; readonly rest: readonly string[] }
  | { readonly kind: 'named'; readonly reference: string; readonly rest: readonly string[] }

/**
 * Reads the words after `tern run` and its own flags. With a file, `--name` is the name of the run; without one, it is
 * the deployed task to run.
 *
 * @throws UsageError when neither a file nor a deployed task is named
 */
export function toRunTarget(args: readonly string[], name: string | undefined, run: Command): RunTarget {
  const [first, ...rest] = args
  if (first === deployedKeyword) return { kind: 'deployed', rest }
  if (first === triggerKeyword) return { kind: 'trigger', rest }
  if (first !== undefined && !first.startsWith('-')) return { kind: 'file', file: first, rest }
  if (name !== undefined) return { kind: 'named', reference: name, rest: args }
  if (first !== undefined) throw unknownOption(first, run, "Flags of a task's inputs stand after the task.")
  throw new UsageError('tern run needs a file, or the name of a deployed task', {
    hint: 'For example: tern run hello.ts main, or tern run --name hello.main. See tern run --help.',
  })
}
