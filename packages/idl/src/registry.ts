import { createRegistry, type DescFile, type DescService, type Registry } from '@bufbuild/protobuf'
import { generatedFiles } from './gen/files.ts'

/** Every file of the protocol and every file they import, imports first. */
export const files: readonly DescFile[] = importsFirst(generatedFiles)

/** Every type of the protocol: what reflection answers from, and what the JSON of an `Any` is read and written with. */
export const registry: Registry = createRegistry(...files)

/** Every service of the protocol, whether or not a server implements it. */
export const services: readonly DescService[] = files.flatMap((file) => file.services)

function importsFirst(roots: readonly DescFile[], found = new Set<DescFile>()): DescFile[] {
  for (const file of roots) {
    importsFirst(file.dependencies, found)
    found.add(file)
  }
  return [...found]
}
