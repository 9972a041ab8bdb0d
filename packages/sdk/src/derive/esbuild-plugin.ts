import { readFileSync } from 'node:fs'
import type { Loader, OnLoadResult, PartialMessage, Plugin } from 'esbuild'
import { TernError } from '@tern/core'
import { Deriver } from './deriver.ts'

const loaders: Readonly<Record<string, Loader>> = { ts: 'ts', tsx: 'tsx', js: 'js', jsx: 'jsx' }

/**
 * Writes interfaces into the files that esbuild bundles.
 *
 * @param isJavaScript whether to look at JavaScript too, as packages are full of it
 */
export function derivingPlugin(isJavaScript: boolean): Plugin {
  const deriver = new Deriver()
  const filter = isJavaScript ? /\.[cm]?[jt]sx?$/ : /\.[cm]?tsx?$/
  return {
    name: 'tern-interfaces',
    setup(build) {
      build.onLoad({ filter, namespace: 'file' }, ({ path }) => {
        try {
          return load(deriver, path)
        } catch (error) {
          if (!(error instanceof TernError)) throw error
          return { errors: [{ text: [error.message, error.hint].filter((text) => text !== undefined).join('. ') }] }
        }
      })
    },
  }
}

// What is not changed is left to the other plugins.
function load(deriver: Deriver, path: string): OnLoadResult | undefined {
  if (!deriver.isSource(path)) return undefined
  const text = readFileSync(path, 'utf8')
  const { problems, code, dependencies } = deriver.derive(path, text)
  if (problems.length > 0) {
    const lines = text.split('\n')
    const errors = problems.map(({ message, file, line, column }): PartialMessage => {
      const lineText = file === path ? (lines[line - 1] ?? '') : ''
      return { text: message, location: { file, line, column: column - 1, lineText } }
    })
    return { errors, watchFiles: [...dependencies] }
  }
  const extension = path.slice(path.lastIndexOf('.') + 1).replace(/^[cm]/, '')
  if (code === undefined) return undefined
  return { contents: code, loader: loaders[extension] ?? 'ts', watchFiles: [...dependencies] }
}
