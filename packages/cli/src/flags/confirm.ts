import type { CliIo } from '../io.ts'
import { CommandError, UsageError } from '../usage-error.ts'

/**
 * Lets the user think again before something is gone.
 *
 * @param what e.g. `trigger nightly of task etl.main`
 * @throws CommandError when they do not want it, UsageError when nobody can be asked
 */
export async function confirmDeletion(what: string, isConfirmed: boolean | undefined, io: CliIo): Promise<void> {
  if (isConfirmed === true) return
  if (!io.isInteractive) {
    throw new UsageError(`deleting ${what} needs a confirmation`, { hint: 'Add --yes where nobody can be asked.' })
  }
  const answer = await io.ask(`Delete ${what}? [y/N] `)
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was deleted')
}
