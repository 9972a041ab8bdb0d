export { files, registry, services } from './registry.ts'
