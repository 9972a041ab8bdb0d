import { randomBytes } from 'node:crypto'
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BuiltEnvironment, parts } from './build-environment.ts'
import { pythonIn } from './find-python.ts'

/** An environment that is finished. */
export interface FinishedEnvironment {
  /** Its virtual environment. */
  readonly venv: string
  readonly env: Readonly<Record<string, string>>
  readonly files: string | null
  readonly bytes: number
  /** When a task was last known to use it. UTC epoch milliseconds. */
  readonly usedAt: number
}

interface Entry extends BuiltEnvironment {
  readonly format: number
  /** Name of the folder that it is in. */
  readonly build: string
  readonly bytes: number
}

// Environments of another format are built anew.
const format = 1
const entryFile = 'environment.json'
const lockFile = 'lock'
const renewMs = 2_000
// Much longer than a server that works is ever silent.
const staleMs = 30_000
const pollMs = 200
// An installer that outlived its server may still be writing.
const retried = { maxRetries: 10, retryDelay: 200 }

/**
 * The place of one environment on disk, which several servers may share. A virtual environment cannot be moved, so it is
 * built where it stays, in a folder with a name of its own, and exists from the moment that the entry beside it names it.
 * Folders that no entry names are remains of builds that did not end.
 */
export class EnvironmentFolder {
  readonly #folder: string

  constructor(root: string, digest: string) {
    this.#folder = join(root, digest)
  }

  /** Undefined if it is not built, or does not work any more: the Python that it was made of is gone, for example. */
  async find(): Promise<FinishedEnvironment | undefined> {
    const entry = await this.#readEntry()
    if (entry === undefined) return undefined
    const build = join(this.#folder, entry.build)
    const venv = join(build, parts.venv)
    if (pythonIn(venv) === undefined) return undefined
    const { env, hasFiles, bytes } = entry
    return { venv, env, files: hasFiles ? join(build, parts.files) : null, bytes, usedAt: await this.#usedAt() }
  }

  /** Notes that it is used now. False if it has just been removed. */
  async touch(): Promise<boolean> {
    const now = new Date()
    return await utimes(join(this.#folder, entryFile), now, now).then(
      () => true,
      () => false,
    )
  }

  /**
   * Builds it in a new folder, while no other server does. Returns what another one built meanwhile, if that was so. Of a
   * build that fails nothing stays.
   */
  async build(work: (folder: string) => Promise<BuiltEnvironment>, signal: AbortSignal): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const unlock = await this.#lock(signal)
    const build = randomBytes(4).toString('hex')
    const folder = join(this.#folder, build)
    try {
      if ((await this.find()) !== undefined) return
      // One that does not work any more goes as well.
      await rm(join(this.#folder, entryFile), { force: true })
      await this.#removeRemains()
      await mkdir(folder)
      const built = await work(folder)
      await rm(join(folder, parts.tools), { recursive: true, force: true, ...retried })
      await this.#writeEntry({ ...built, format, build, bytes: await sizeOf(folder) })
    } catch (error) {
      await rm(folder, { recursive: true, force: true, ...retried })
      throw error
    } finally {
      await unlock()
    }
  }

  /** Removes it, unless it has been used since. */
  async remove(usedAt: number): Promise<boolean> {
    const entry = join(this.#folder, entryFile)
    const removed = `${entry}.removed`
    const build = (await this.#readEntry())?.build
    if (build === undefined || (await this.#usedAt()) > usedAt) return false
    try {
      // From here on nobody finds it. Whoever found it just before has touched it, or will find it gone when they do.
      await rename(entry, removed)
      if ((await stat(removed)).mtimeMs > usedAt) {
        await rename(removed, entry)
        return false
      }
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
    await rm(join(this.#folder, build), { recursive: true, force: true, ...retried })
    await rm(removed, { force: true })
    // It stays if the environment is being built again.
    await rmdir(this.#folder).catch(() => {})
    return true
  }

  /** Removes what builds left behind that did not end, unless one is under way. */
  async clean(): Promise<void> {
    const file = join(this.#folder, lockFile)
    const owner = await this.#lostOwner()
    if (owner === undefined) return
    if (owner !== '') await breakLock(file, owner)
    if (!(await takeLock(file))) return
    await this.#removeRemains()
    await rm(file, { force: true })
    await rmdir(this.#folder).catch(() => {})
  }

  async #readEntry(): Promise<Entry | undefined> {
    try {
      const entry = JSON.parse(await readFile(join(this.#folder, entryFile), 'utf8')) as Entry
      return entry.format === format ? entry : undefined
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  async #usedAt(): Promise<number> {
    return await stat(join(this.#folder, entryFile)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
  }

  async #writeEntry(entry: Entry): Promise<void> {
    const file = join(this.#folder, entryFile)
    const next = join(this.#folder, `${entry.build}.json`)
    await writeFile(next, JSON.stringify(entry), { flush: true })
    await rename(next, file)
  }

  async #removeRemains(): Promise<void> {
    const kept = (await this.#readEntry())?.build
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (name === kept || name === entryFile || name.startsWith(lockFile)) continue
      await rm(join(this.#folder, name), { recursive: true, force: true, ...retried })
    }
  }

  /** Waits for the lock that servers hold while they build. One that is not renewed any more belongs to nobody. */
  async #lock(signal: AbortSignal): Promise<() => Promise<void>> {
    const file = join(this.#folder, lockFile)
    while (!(await takeLock(file))) {
      const owner = await this.#lostOwner()
      if (owner === undefined) await sleep(pollMs, undefined, { signal })
      else await breakLock(file, owner)
    }
    const renewing = setInterval(() => {
      const now = new Date()
      void utimes(file, now, now).catch(() => {})
    }, renewMs)
    renewing.unref()
    return async () => {
      clearInterval(renewing)
      await rm(file, { force: true })
    }
  }

  /** Whoever left the lock behind, empty for nobody; undefined while it is held. */
  async #lostOwner(): Promise<string | undefined> {
    const file = join(this.#folder, lockFile)
    try {
      const [owner, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
      const [host, pid] = owner.split('\n')
      const isHeld = host !== hostname() || Number(pid) === process.pid || isAlive(Number(pid))
      return isHeld && Date.now() - mtimeMs <= staleMs ? undefined : owner
    } catch (error) {
      if (isMissing(error)) return ''
      throw error
    }
  }
}

async function takeLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx')
    await handle.writeFile(`${hostname()}\n${process.pid}`)
    await handle.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Of several that find the same lock without an owner, one takes it away. */
async function breakLock(file: string, owner: string): Promise<void> {
  const broken = `${file}.${randomBytes(4).toString('hex')}`
  try {
    await rename(file, broken)
    // Meanwhile another server had taken it away, and made its own: that is put back.
    if ((await readFile(broken, 'utf8')) !== owner) await link(broken, file)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  await rm(broken, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}
