import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidArgumentError } from '@tern/core'
import { bytesContent, type Content, pathContent } from './content.ts'
import { File } from './file.ts'
import type { FolderContent, FolderFile } from './place.ts'

/** The files of a folder by their paths from it: files, bytes, or text. */
export type DirContents = Readonly<Record<string, File | Uint8Array | string>>

/** All that is below a folder of this machine. */
export function localFolder(path: string): FolderContent {
  return { path, files: () => filesBelow(path, '') }
}

/** Files that are given one by one. */
export function contentsOf(files: DirContents): FolderContent {
  return { files: () => eachOf(files) }
}

/** @throws InvalidArgumentError for a path that would leave its folder */
export function checkRelativePath(path: string): void {
  const parts = path.split('/')
  const isFine = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))
  if (isFine) return
  throw new InvalidArgumentError(`${JSON.stringify(path)} is not the path of a file in a folder`, {
    field: 'path',
    hint: 'Give it from the folder, such as data/table.csv, without . and .. in it.',
  })
}

/** @throws InvalidArgumentError when one of the files would have to be a folder, too */
export function checkDistinct(paths: readonly string[]): void {
  const files = new Set(paths)
  for (const path of paths) {
    const parts = path.split('/')
    const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
    const clash = above.find((folder) => files.has(folder))
    if (clash === undefined) continue
    throw new InvalidArgumentError(`${clash} is a file, and the folder of ${path}`, {
      field: 'path',
      hint: 'Give one of the two another name.',
    })
  }
}

async function* filesBelow(folder: string, prefix: string): AsyncIterable<FolderFile> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name)
    const name = `${prefix}${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(path, `${name}/`)
    else if (entry.isFile()) yield { path: name, content: pathContent(path) }
  }
}

async function* eachOf(files: DirContents): AsyncIterable<FolderFile> {
  for (const [path, given] of Object.entries(files)) yield { path, content: toContent(given) }
}

function toContent(given: File | Uint8Array | string): Content {
  if (given instanceof File) return { isRepeatable: true, open: (range) => given.stream(range) }
  return bytesContent(typeof given === 'string' ? Buffer.from(given) : given)
}
