import { chmodSync, chownSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A user that programs which refuse to run as root can run as. */
export interface User {
  readonly uid: number
  readonly gid: number
}

/** The user to run such a program as, when this process is root's. Undefined when it is not: then as this process. */
export function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('Postgres does not run as root, and this machine has neither a user postgres nor a user nobody')
}

/** Makes a temporary folder that belongs to the user. */
export function temporaryFolderOf(user: User | undefined): string {
  const parent = user === undefined ? tmpdir() : [tmpdir(), '/tmp', '/var/tmp'].find(isOpenToAll)
  if (parent === undefined) throw new Error('there is no temporary folder that all users can reach')
  const folder = mkdtempSync(join(parent, 'tern-postgres-'))
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  chmodSync(folder, 0o700)
  return folder
}

/** Whether every user can pass through the folder and those above it. */
function isOpenToAll(folder: string): boolean {
  const isOpen = (statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o001
  return isOpen !== 0 && (dirname(folder) === folder || isOpenToAll(dirname(folder)))
}
