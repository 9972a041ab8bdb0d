import { readFileSync } from 'node:fs'
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

/** The protocol as the npm package has it, without our additions. */
export function npmProtocol(): FileRegistry {
  const bytes = readFileSync(new URL('../src/gen/base.binpb', import.meta.url))
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes))
}
