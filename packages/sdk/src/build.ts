/**
 * Plugins for programs that bundle, or load, files of tasks themselves: they find out the interfaces that are in types.
 *
 * @module @tern/sdk/build
 */

export {
  esbuild,
  rollup,
  vite,
  type TransformContext,
  type TransformedCode,
  type TransformPlugin,
} from './derive/plugins.ts'
