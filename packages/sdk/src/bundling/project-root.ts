import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/**
 * The root of the project that a file belongs to: the working directory if the file is below it, otherwise the nearest
 * directory above the file with a `package.json`, otherwise the file's own.
 */
export function projectRootOf(file: string, workingDirectory: string): string {
  const fromHere = relative(workingDirectory, file)
  if (!fromHere.startsWith('..') && fromHere !== file) return workingDirectory
  for (let directory = dirname(file); directory !== dirname(directory); directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory
  }
  return dirname(file)
}
