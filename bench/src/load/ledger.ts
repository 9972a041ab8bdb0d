import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs'

const { O_APPEND, O_CREAT, O_DSYNC, O_WRONLY } = constants

/**
 * Writes down what happened, in a file that no server knows: on the disk when this returns, and in one piece, so that
 * several processes may write.
 *
 * - `ran KEY ACTION`: the code of an action runs
 * - `told KEY`: whoever awaited that work has its result
 * - `seen ACTION`: a client was told that the action has succeeded
 * - `acknowledged WHAT ...`: a client was told that it is so
 *
 * An ACTION is `run/action`. A KEY names a piece of work, however many actions try it.
 */
export function note(ledger: string, line: string): void {
  const file = openSync(ledger, O_APPEND | O_CREAT | O_WRONLY | O_DSYNC)
  try {
    writeSync(file, `${line}\n`)
  } finally {
    closeSync(file)
  }
}

export function readLedger(ledger: string): ReadonlyArray<string> {
  return existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n').filter(Boolean) : []
}

/** Work that was done again after it was known to be done. */
export function workDoneAgain(lines: ReadonlyArray<string>): ReadonlyArray<string> {
  const done = new Set<string>()
  const again: string[] = []
  for (const line of lines) {
    const [what, first = '', action = ''] = line.split(' ')
    if (what === 'told') done.add(`work ${first}`)
    else if (what === 'seen') done.add(`action ${first}`)
    else if (what !== 'ran') continue
    else if (done.has(`work ${first}`) || done.has(`action ${action}`))
      again.push(`${first} (${action}) ran after its end`)
  }
  return again
}

/** How many pieces of work of a run have been tried: their keys begin with its name. */
export function workOf(lines: ReadonlyArray<string>, run: string): number {
  const keys = lines.filter((line) => line.startsWith(`ran ${run}/`)).map((line) => line.split(' ')[1])
  return new Set(keys).size
}
