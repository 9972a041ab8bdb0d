import { setTimeout as wait } from 'node:timers/promises'
import type { ProcessRecord } from './process-records.ts'
import { forksVariable } from './started-process.ts'
import { hasVariable, listProcesses } from './process-table.ts'

export interface EndLeftoverOptions {
  /** How long it may take to stop, in milliseconds. */
  readonly graceMs: number
  /** Ends the grace period early. */
  readonly signal: AbortSignal
}

const pollMs = 25

/**
 * Ends what is left of a process group that a server started and did not live to end: asks it to stop, and makes it stop
 * when the grace period is over. Nothing else is ever signalled, whatever has got the pid since.
 */
export async function endLeftover(record: ProcessRecord, options: EndLeftoverOptions): Promise<void> {
  const deadline = performance.now() + options.graceMs
  for (let isAsked = false; ; isAsked = true) {
    const members = membersOf(record)
    if (members.length === 0) return
    const isOver = options.signal.aborted || performance.now() >= deadline
    if (isOver) for (const pid of members) send(pid, 'SIGKILL')
    // The whole group at once, and no second time: what its processes start to clean up is not to be stopped.
    else if (!isAsked) send(-record.pid, 'SIGTERM')
    await wait(pollMs)
  }
}

/**
 * Processes of the group that are the record's for sure. As long as the process that the group was made for is the one
 * on record they all are. Once it is gone, its number could be anybody's: then it takes the variable of the run, or of the
 * fork server.
 */
function membersOf({ pid, start, runBase, forks }: ProcessRecord): number[] {
  const members = listProcesses().filter(({ group }) => group === pid)
  const first = members.find((member) => member.pid === pid)
  if (first !== undefined) return first.start === start ? members.map((member) => member.pid) : []
  const isOurs = (member: number) =>
    hasVariable(member, '_U_RUN_BASE', runBase) || (forks !== undefined && hasVariable(member, forksVariable, forks))
  return members.map((member) => member.pid).filter(isOurs)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
