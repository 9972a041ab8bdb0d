import { accessSync, constants, mkdirSync } from 'node:fs'
import { DataFolderError } from './store-errors.ts'

/** Makes the folder when it is not there. Throws DataFolderError when this user may not write to it. */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    throw notWritable(folder, cause)
  }
}

export function notWritable(folder: string, cause: unknown): DataFolderError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DataFolderError(`cannot write to the data folder ${folder}: ${reason}`, {
    hint: 'Give a folder that this user may write to, with --data-dir.',
    cause,
  })
}
