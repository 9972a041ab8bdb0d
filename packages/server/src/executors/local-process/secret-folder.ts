import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { SecretFile } from '../task-secrets.ts'

/** Folders with the secrets of running attempts, which only the server's own user can read, while they run. */
export class SecretFolders {
  readonly #root: string

  /** Removes what servers that were killed have left on this machine. */
  constructor(parent: string) {
    this.#root = join(parent, `${hostname()}-${process.pid}`)
    for (const name of existsSync(parent) ? readdirSync(parent) : []) {
      if (isOfTheDead(name)) rmSync(join(parent, name), { recursive: true, force: true })
    }
  }

  /** Writes the files of an attempt and returns the variables that say where they are. */
  fill(handle: number, files: ReadonlyArray<SecretFile>): Record<string, string> {
    const folder = this.#folderOf(handle)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Whatever the umask says, and whoever made the folders above.
    for (const path of [this.#root, folder]) chmodSync(path, 0o700)
    const env: Record<string, string> = { FLYTE_SECRETS_DEFAULT_DIR: folder, FLYTE_SECRETS_FILE_PREFIX: '' }
    for (const { name, value, envVars } of files) {
      const path = join(folder, name)
      writeFileSync(path, value, { mode: 0o600 })
      for (const envVar of envVars) env[envVar] = path
    }
    return env
  }

  clear(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }

  remove(handle: number): void {
    rmSync(this.#folderOf(handle), { recursive: true, force: true })
  }

  #folderOf(handle: number): string {
    return join(this.#root, String(handle))
  }
}

function isOfTheDead(name: string): boolean {
  const pid = /-(\d+)$/.exec(name)?.[1]
  if (pid === undefined || name !== `${hostname()}-${pid}`) return false
  try {
    process.kill(Number(pid), 0)
    // Its number is this server's now.
    return Number(pid) === process.pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
