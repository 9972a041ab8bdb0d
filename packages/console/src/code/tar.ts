import type { SourceFile } from './source-file.ts'

const block = 512
const longestFile = 512 * 1024
const mostFiles = 2_000

/** The texts in a tar archive, by path. Folders, links, and what is no text are left out. */
export function textFilesOf(archive: Uint8Array): ReadonlyArray<SourceFile> {
  const files: SourceFile[] = []
  let longName: string | undefined
  for (let at = 0; at + block <= archive.length && files.length < mostFiles; ) {
    const header = archive.subarray(at, at + block)
    if (header[0] === 0) break
    const size = sizeIn(header)
    const content = archive.subarray(at + block, at + block + size)
    at += block * (1 + Math.ceil(size / block))
    const kind = String.fromCharCode(header[156] ?? 0)
    if (kind === 'L') longName = textIn(content)
    else if (kind === 'x') longName = pathOfPax(new TextDecoder().decode(content)) ?? longName
    else if (kind !== 'g') {
      const file = kind === '0' || kind === '\0' ? toFile(longName ?? nameIn(header), content) : undefined
      if (file !== undefined) files.push(file)
      longName = undefined
    }
  }
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
}

function toFile(path: string, content: Uint8Array): SourceFile | undefined {
  if (content.length > longestFile || content.includes(0)) return undefined
  return { path: path.replace(/^\.\//, ''), text: new TextDecoder().decode(content) }
}

function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}

function nameIn(header: Uint8Array): string {
  const name = textIn(header.subarray(0, 100))
  const isUstar = textIn(header.subarray(257, 262)) === 'ustar'
  const prefix = isUstar ? textIn(header.subarray(345, 500)) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Octal digits; or, with the highest bit set, the number itself. */
function sizeIn(header: Uint8Array): number {
  const field = header.subarray(124, 136)
  if (((field[0] ?? 0) & 0x80) === 0) return Number.parseInt(textIn(field).trim() || '0', 8) || 0
  return field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0)
}

/** Records of the form `LENGTH KEY=VALUE\n`. */
function pathOfPax(text: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1]
}
