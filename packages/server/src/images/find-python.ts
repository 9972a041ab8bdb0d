import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve, sep } from 'node:path'

/** Where a Python is looked for, in words for people, and what is there. */
export interface PythonPlace {
  /** What was asked for: an interpreter, a virtual environment, or the name of a command on the PATH. */
  readonly name: string
  /** What asked for it, such as a flag. */
  readonly source: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The Python that runs tasks unless their image says otherwise: the one that is asked for, that of the virtual
 * environment which is active, or else the first on the PATH.
 */
export function defaultPlace(asked: string | undefined, env: Environment = process.env): PythonPlace {
  if (asked !== undefined) return { name: asked, source: '--python' }
  const { VIRTUAL_ENV: active = '' } = env
  if (active !== '' && pythonIn(active) !== undefined) return { name: active, source: 'VIRTUAL_ENV' }
  const name = ['python3', 'python'].find((command) => onPath(command, env['PATH']) !== undefined)
  return { name: name ?? 'python3', source: 'the PATH' }
}

/** The path of the interpreter that a name means; undefined if there is none. */
export function findPython(name: string, path: string | undefined = process.env['PATH']): string | undefined {
  if (!isAbsolute(name) && !name.includes(sep) && !isFolder(name)) return onPath(name, path)
  const file = resolve(name)
  return isFolder(file) ? pythonIn(file) : isExecutable(file) ? file : undefined
}

/** The first of the PATH's commands of this name. */
export function onPath(command: string, path: string | undefined): string | undefined {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, command)).find(isExecutable)
}

/** The interpreter of a virtual environment, or of an installation. */
export function pythonIn(folder: string): string | undefined {
  return ['python', 'python3'].map((name) => join(folder, 'bin', name)).find(isExecutable)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
