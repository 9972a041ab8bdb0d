import type { Plugin } from 'esbuild'
import { Deriver } from './deriver.ts'
import { derivingPlugin } from './esbuild-plugin.ts'
import { toError } from './derive-error.ts'

/** A plugin as Rollup, Rolldown, Vite and Vitest take it. */
export interface TransformPlugin {
  readonly name: string
  /** Vite: before types are taken away. */
  readonly enforce: 'pre'
  readonly transform: (this: TransformContext, code: string, id: string) => TransformedCode | undefined
}

/** What bundlers offer to a plugin, as far as it is used. */
export interface TransformContext {
  addWatchFile?(file: string): void
}

/** The text of a file with its interfaces in it. */
export interface TransformedCode {
  readonly code: string
  /** Lines stay where they are, and columns up to the end of a call. */
  readonly map: null
}

/**
 * For Vite and Vitest: gives tasks whose interface is in the types of their function that interface, as `tern run` does.
 *
 * @example plugins: [tern.vite()]
 */
export function vite(): TransformPlugin {
  return rollup()
}

/** For Rollup and Rolldown; it belongs before the plugin that takes types away. */
export function rollup(): TransformPlugin {
  const deriver = new Deriver()
  return {
    name: 'tern-interfaces',
    enforce: 'pre',
    transform(code, id) {
      const file = fileOf(id)
      if (file === undefined || !deriver.isSource(file)) return undefined
      const derived = deriver.derive(file, code)
      for (const dependency of derived.dependencies) this.addWatchFile?.(dependency)
      if (derived.problems.length > 0) throw toError(file, derived.problems)
      return derived.code === undefined ? undefined : { code: derived.code, map: null }
    },
  }
}

/** For esbuild. */
export function esbuild(): Plugin {
  return derivingPlugin(true)
}

// Vite adds a version, or the time of a change; what else it adds asks for something other than the module.
function fileOf(id: string): string | undefined {
  const [file = '', query = ''] = id.split('?')
  return file.startsWith('\0') || !/^(?:(?:[tv]=[^&]*|import)(?:&|$))*$/.test(query) ? undefined : file
}
