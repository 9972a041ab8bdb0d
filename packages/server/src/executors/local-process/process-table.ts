import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process of this machine that has not ended. */
export interface LiveProcess {
  readonly pid: number
  /** The process group that it is in: the pid of the process that the group was made for. */
  readonly group: number
  /** When it started, in words that fit no other process that ever had this pid. */
  readonly start: string
}

const isLinux = process.platform === 'linux'

/** Every process of this machine, as far as this user may see them. */
export function listProcesses(): LiveProcess[] {
  if (!isLinux) return listWithPs()
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? [])
}

/** The process that has this pid now. */
export function findProcess(pid: number): LiveProcess | undefined {
  return isLinux ? readProcess(pid) : listWithPs().find((found) => found.pid === pid)
}

/** Whether anything runs in a process group. */
export function hasLiveMembers(group: number): boolean {
  try {
    process.kill(-group, 0)
  } catch {
    return false
  }
  // They may all have ended, and not have been waited for.
  return listProcesses().some((found) => found.group === group)
}

/** Whether a process was started with this variable. Where that cannot be seen it is no. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  const variables = isLinux ? readIfThere(`/proc/${pid}/environ`) : undefined
  return variables?.split('\0').includes(`${name}=${value}`) ?? false
}

let bootId: string | undefined

function readProcess(pid: number): LiveProcess | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field is the program's name, which may hold anything; those after it are numbers and letters.
  const [state, , group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // One that has ended and was not waited for is there for its parent alone.
  if (state === 'Z' || state === 'X') return undefined
  // Ticks are counted from the start of the machine.
  bootId ??= readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  return { pid, group: Number(group), start: `${bootId} ${rest[16]}` }
}

function listWithPs(): LiveProcess[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,lstart='], { encoding: 'utf8' })
  return listed.split('\n').flatMap((line) => {
    const [, pid, group, state = 'Z', start = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return state.startsWith('Z') ? [] : [{ pid: Number(pid), group: Number(group), start: start.trim() }]
  })
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended in the meantime, or is somebody else's.
    return undefined
  }
}
