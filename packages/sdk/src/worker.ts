// What the generated entry of a code bundle imports; not for people.
export { type BundleProgram, defineBundle } from './runtime/bundle-program.ts'
