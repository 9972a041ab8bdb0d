import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, normalize, posix, sep } from 'node:path'
import { EnvironmentError } from './environment-error.ts'

// Where the images that Flyte publishes start their processes.
const usualWorkingDirs = ['/root', '/home/flyte']

// Refuses links and paths that lead outside; where Python is too old for that, tar's own rules have to do.
const unpackScript = `
import sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    if hasattr(tarfile, "data_filter"):
        archive.extractall(sys.argv[2], filter="data")
    else:
        archive.extractall(sys.argv[2])
`

/** The files that come with an image: what layers install from, and what they put beside the code of a task. */
export class CopiedFiles {
  readonly #context: string
  readonly #files: string
  readonly #onLog: (line: string) => void
  #workingDir = ''
  readonly #copies: Array<{ readonly from: string; readonly to: string }> = []

  /** What is copied goes below `files`. */
  constructor(context: string, files: string, onLog: (line: string) => void) {
    this.#context = context
    this.#files = files
    this.#onLog = onLog
  }

  async unpack(archive: Uint8Array, python: (args: ReadonlyArray<string>) => Promise<void>): Promise<void> {
    await mkdir(this.#context, { recursive: true })
    const file = `${this.#context}.tar.gz`
    await writeFile(file, archive)
    await python(['-c', unpackScript, file, this.#context])
    await rm(file)
  }

  /** @throws EnvironmentError for a path that is not in the context */
  async inContext(path: string): Promise<string> {
    const file = join(this.#context, normalize(path))
    const isInside = file === this.#context || file.startsWith(this.#context + sep)
    if (isInside && (await exists(file))) return file
    throw new EnvironmentError(`the image names the file ${JSON.stringify(path)}, which did not come with it`)
  }

  /** The folder of a project, with its lock file in it. */
  async project(path: string, lock: string, lockName: string): Promise<string> {
    const file = await this.inContext(path)
    const folder = (await isFolder(file)) ? file : dirname(file)
    if (lock !== '' && !(await exists(join(folder, lockName))))
      await cp(await this.inContext(lock), join(folder, lockName))
    return folder
  }

  setWorkingDir(folder: string): void {
    this.#workingDir = posix.resolve('/', this.#workingDir, folder)
  }

  async copy(from: string, to: string): Promise<void> {
    const source = await this.inContext(from)
    const target =
      to === '' || to === '.' || to.endsWith('/')
        ? posix.join(to, (await isFolder(source)) ? '' : basename(source))
        : to
    this.#copies.push({ from: source, to: posix.isAbsolute(target) ? target : posix.join(this.#workingDir, target) })
  }

  /** Copies, now that the working folder is known. Whether there was anything to copy. */
  async finish(): Promise<boolean> {
    for (const { from, to } of this.#copies) {
      const named = join(this.#files, this.#toWorkingFolder(to))
      const target = (await isFolder(named)) && !(await isFolder(from)) ? join(named, basename(from)) : named
      await mkdir(dirname(target), { recursive: true })
      await cp(from, target, { recursive: true, verbatimSymlinks: true })
    }
    return (await readdir(this.#files).catch(() => [])).length > 0
  }

  /** An attempt's working folder stands for the image's: nothing can be put anywhere else on the machine. */
  #toWorkingFolder(path: string): string {
    if (!posix.isAbsolute(path)) return posix.resolve('/', path).slice(1)
    const folders = this.#workingDir === '' ? usualWorkingDirs : [this.#workingDir]
    for (const folder of folders) {
      const relative = posix.relative(folder, path)
      if (relative !== '..' && !relative.startsWith('../')) return relative
    }
    const instead = posix.resolve(path).slice(1)
    this.#onLog(`warning: ${path} of the image is in the working folder of each attempt instead, as ${instead}`)
    return instead
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
