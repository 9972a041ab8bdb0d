// Plugins for programs that bundle, or load, files of tasks themselves.
export { esbuild, rollup, vite, type TransformPlugin } from './derive/plugins.ts'
