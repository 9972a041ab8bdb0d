import { relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { sdkDirectory } from './source-map.ts'

/** Besides Node's own: when this SDK runs from its sources, so do the bundles it makes. */
export function sdkConditions(): string[] {
  return import.meta.url.endsWith('.ts') ? ['@tern/source'] : []
}

/**
 * Finds `@tern/sdk` and zod for files that have no project around them, beside this copy of the SDK. Files in a project
 * get what is installed there. What only starts runs, and not what executes them, stays out of bundles.
 */
export function sdkResolution(): Plugin {
  return {
    name: 'tern-sdk',
    setup(build) {
      build.onResolve(
        { filter: /^(?:@tern\/sdk|zod)(?:$|\/)/ },
        async ({ path, resolveDir, importer, kind, pluginData }) => {
          if (pluginData === resolving) return undefined
          if (kind === 'dynamic-import' && isInSdk(importer)) return { path, external: true }
          const found = await build.resolve(path, { resolveDir, importer, kind, pluginData: resolving })
          if (found.errors.length === 0) return found
          return build.resolve(path, { resolveDir: sdkDirectory, importer, kind, pluginData: resolving })
        },
      )
    },
  }
}

const resolving = Symbol('resolving')

function isInSdk(importer: string): boolean {
  return !relative(sdkDirectory, importer).startsWith('..')
}

/**
 * Packages that the SDK uses where they are installed. One that is not is no error of a file that may never need it: the code
 * that does says so when it runs.
 */
export function optionalPeers(): Plugin {
  return {
    name: 'tern-optional-peers',
    setup(build) {
      build.onResolve({ filter: /^pg$/ }, async ({ path, resolveDir, importer, kind, pluginData }) => {
        if (pluginData === resolving || !isInSdk(importer)) return undefined
        const found = await build.resolve(path, { resolveDir, importer, kind, pluginData: resolving })
        return found.errors.length === 0 ? found : { path, external: true }
      })
    },
  }
}

/** Refuses compiled modules, which belong to one machine, with a message that says what to do. */
export function nativeAddons(): Plugin {
  return {
    name: 'tern-native-addons',
    setup(build) {
      build.onLoad({ filter: /\.node$/ }, ({ path }) => ({
        errors: [
          {
            text: `${relative(build.initialOptions.absWorkingDir ?? '', path)} is a native addon, which a code bundle cannot carry.`,
            notes: [{ text: 'Use a package without native code.' }],
          },
        ],
      }))
    },
  }
}
