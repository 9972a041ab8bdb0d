import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'

const plugin = createRequire(import.meta.url).resolve('@bufbuild/protoc-gen-es/bin/protoc-gen-es')
const parameter = 'target=ts,import_extension=ts,erasable_syntax=true'

/**
 * TypeScript for every file but the well-known ones, which `@bufbuild/protobuf` brings, by the path of what is generated.
 * Speaks the protocol of protoc plugins with protoc-gen-es, so that descriptors need not be written out as sources.
 */
export function generateTypeScript(files: readonly FileDescriptorProto[]): Map<string, string> {
  const request = create(CodeGeneratorRequestSchema, {
    parameter,
    protoFile: [...files],
    fileToGenerate: files.map((file) => file.name).filter((name) => !name.startsWith('google/protobuf/')),
  })
  const answer = execFileSync(process.execPath, [plugin], {
    input: toBinary(CodeGeneratorRequestSchema, request),
    maxBuffer: 64 * 1024 * 1024,
  })
  const response = fromBinary(CodeGeneratorResponseSchema, answer)
  if (response.error !== '') throw new Error(`protoc-gen-es: ${response.error}`)
  return new Map(response.file.map(({ name, content }) => [name, content]))
}
