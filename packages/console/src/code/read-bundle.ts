import type { CodeSources, SourceFile } from './source-file.ts'
import { textFilesOf } from './tar.ts'

/**
 * Finds the files that people wrote in a code bundle: in the source map at the end of a compiled module, or in an archive.
 *
 * @param name of the bundle's file, which says what it is
 */
export async function readBundle(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<CodeSources> {
  if (/\.(?:mjs|cjs|js)$/.test(name)) return readModule(new TextDecoder().decode(bytes))
  if (/\.(?:tar\.gz|tgz)$/.test(name)) return { files: textFilesOf(await unzip(bytes)) }
  if (name.endsWith('.tar')) return { files: textFilesOf(bytes) }
  if (/\.pkl(?:\.gz)?$/.test(name)) {
    return { files: [], nothing: 'The task was sent as a pickled object, which has no source in it.' }
  }
  return { files: [], nothing: `The code is in ${name}, which the console cannot look into.` }
}

interface SourceMap {
  readonly sources: ReadonlyArray<string>
  readonly sourcesContent?: ReadonlyArray<string | null>
}

/** Without its source a module is shown as it was compiled. */
function readModule(text: string): CodeSources {
  const map = sourceMapOf(text)
  const files = (map?.sources ?? []).flatMap((path, index): SourceFile[] => {
    const source = map?.sourcesContent?.[index]
    return typeof source === 'string' ? [{ path, text: source }] : []
  })
  if (files.length > 0) return { files: files.toSorted((one, other) => comparePaths(one.path, other.path)) }
  return {
    files: [],
    nothing:
      'The bundle has no source in it: it was compiled by a version of the SDK that left it out, or from files that are gone.',
  }
}

function sourceMapOf(text: string): SourceMap | undefined {
  const start = text.lastIndexOf('//# sourceMappingURL=data:application/json;base64,')
  if (start < 0) return undefined
  const encoded = text.slice(text.indexOf(',', start) + 1).trim()
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes)) as SourceMap
  } catch {
    return undefined
  }
}

function comparePaths(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** What an archive may unpack to; more is a mistake, or worse. */
const mostUnpacked = 64 * 1024 * 1024

async function unzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > mostUnpacked) throw new Error('The archive is too large to be looked into here.')
    parts.push(value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
