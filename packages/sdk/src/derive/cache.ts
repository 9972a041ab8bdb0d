import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Insertion } from './derive-file.ts'

/** What was found out about a file. */
export interface Known {
  /** Paths of the other files that its types come from, and of settings. */
  readonly dependencies: readonly string[]
  /** Files that would count if they were there. */
  readonly absent: readonly string[]
  readonly insertions: readonly Insertion[]
}

interface CacheEntry {
  /** Of the file, as hex of SHA-256. */
  readonly content: string
  readonly dependencies: readonly Dependency[]
  readonly absent: readonly string[]
  readonly insertions: readonly Insertion[]
}

interface Dependency {
  readonly path: string
  readonly content: string
  readonly size: number
  readonly modifiedAtMs: number
}

// Another version of what reads types may find something else.
const format = '2'

/** Remembers what was found out about files, in the project's `node_modules/.cache`. */
export class DeriveCache {
  readonly #version: string

  /** @param version of the SDK */
  constructor(version: string) {
    this.#version = `${format}/${version}`
  }

  /** What is known of a file, as long as nothing that it depends on has changed. */
  find(file: string, text: string): Known | undefined {
    const entry = readEntry(this.#pathFor(file))
    if (entry === undefined || entry.content !== hash(text)) return undefined
    const isCurrent = entry.dependencies.every(isUnchanged) && !entry.absent.some((path) => existsSync(path))
    return isCurrent ? { ...entry, dependencies: entry.dependencies.map(({ path }) => path) } : undefined
  }

  store(file: string, text: string, found: Known): void {
    const dependencies = found.dependencies.map(toDependency)
    if (dependencies.some((dependency) => dependency === undefined)) return
    const entry = { content: hash(text), dependencies, absent: found.absent, insertions: found.insertions }
    const path = this.#pathFor(file)
    try {
      mkdirSync(dirname(path), { recursive: true })
      const temporary = `${path}.${process.pid}`
      writeFileSync(temporary, JSON.stringify(entry))
      renameSync(temporary, path)
    } catch {
      // A project that cannot be written to is looked at anew each time.
    }
  }

  #pathFor(file: string): string {
    return join(cacheDirectory(file), `${hash(`${this.#version}:${file}`).slice(0, 32)}.json`)
  }
}

/** Beside what is installed for the project; where nothing is, in the home directory. */
function cacheDirectory(file: string): string {
  const project = directoriesAbove(file).find((directory) => existsSync(join(directory, 'node_modules')))
  return project === undefined
    ? join(homedir(), '.cache/tern/interfaces')
    : join(project, 'node_modules/.cache/tern/interfaces')
}

/** The directories that a file is in, the nearest first, without the root. */
export function directoriesAbove(file: string): readonly string[] {
  const directory = dirname(file)
  return directory === dirname(directory) ? [] : [directory, ...directoriesAbove(directory)]
}

function readEntry(path: string): CacheEntry | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as CacheEntry
  } catch {
    return undefined
  }
}

function toDependency(path: string): Dependency | undefined {
  try {
    const { size, mtimeMs } = statSync(path)
    return { path, content: hash(readFileSync(path)), size, modifiedAtMs: mtimeMs }
  } catch {
    return undefined
  }
}

// A file that nobody has touched is not read.
function isUnchanged({ path, content, size, modifiedAtMs }: Dependency): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.size !== size) return false
  return found.mtimeMs === modifiedAtMs || hash(readFileSync(path)) === content
}

function hash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
