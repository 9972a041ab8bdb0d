import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, relative, resolve } from 'node:path'
import { type Loader, type Metafile, transform } from 'esbuild'
import { sdkDirectory } from './source-map.ts'

/**
 * Stands for the code that a file runs: its own, and that of all modules that it imports, without comments, types and formatting.
 * Where they lie does not count, nor does the SDK.
 *
 * @param metafile what esbuild has put into the bundle, by paths from `root`
 */
export async function codeHash(metafile: Metafile, file: string, root: string): Promise<string> {
  const hashes = await Promise.all(reachable(metafile, file, root).map(hashOf))
  return createHash('sha256').update(hashes.toSorted().join()).digest('hex')
}

function reachable({ inputs }: Metafile, file: string, root: string): string[] {
  const byPath = new Map(Object.entries(inputs).map(([key, input]) => [resolve(root, key), input]))
  const found = new Set([file])
  for (const path of found) {
    for (const { path: imported, external } of byPath.get(path)?.imports ?? []) {
      const absolute = resolve(root, imported)
      if (external !== true && !isOfTern(absolute)) found.add(absolute)
    }
  }
  return [...found]
}

function isOfTern(path: string): boolean {
  return /[\\/]node_modules[\\/]@tern[\\/]/.test(path) || !relative(sdkDirectory, path).startsWith('..')
}

const loaders: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
}

async function hashOf(path: string): Promise<string> {
  // A module that a plugin makes up has no file.
  const bytes = await readFile(path).catch(() => Buffer.from(path))
  const loader = /[\\/]node_modules[\\/]/.test(path) ? undefined : loaders[extname(path)]
  const code = loader === undefined ? bytes : await withoutComments(bytes.toString(), loader)
  return createHash('sha256').update(code).digest('hex')
}

async function withoutComments(source: string, loader: Loader): Promise<string> {
  return (await transform(source, { loader, minifyWhitespace: true, legalComments: 'none', logLevel: 'silent' })).code
}
