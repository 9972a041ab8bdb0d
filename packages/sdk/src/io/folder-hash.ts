import { createHash } from 'node:crypto'
import { compareText } from '@tern/core'

/** What stands for the contents of a folder, from the hashes of its files by their paths. */
export function folderHash(hashes: ReadonlyMap<string, string>): string {
  const hash = createHash('md5')
  for (const [path, own] of [...hashes].sort(([a], [b]) => compareText(a, b))) hash.update(`${path}\0${own}\n`)
  return hash.digest('hex')
}
