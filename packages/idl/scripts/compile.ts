import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { fullFile, stubFile, stubTypes } from './stubs.ts'

const bufCli = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf')
const validateProto = 'buf/validate/validate.proto'

/**
 * Compiles every .proto file below `roots` to a descriptor, and returns those descriptors only.
 *
 * A root may hold files that bear the path of a base file and declare some of its messages again, with what is newer in
 * them. Whatever else the sources refer to is declared by stubs made from the base descriptors.
 */
export function compileProtos(roots: readonly string[], base: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const sources = new Map(roots.flatMap((root) => readProtos(root)))
  const folder = mkdtempSync(join(tmpdir(), 'tern-idl-'))
  try {
    for (const file of base) {
      const source = sources.get(file.name)
      if (!file.name.startsWith('google/protobuf/')) writeSource(folder, file.name, withStubs(file, source))
    }
    for (const [path, source] of sources) {
      if (!base.some((file) => file.name === path)) writeSource(folder, path, source)
    }
    const image = join(folder, 'image.binpb')
    execFileSync(process.execPath, [bufCli, 'build', folder, '--as-file-descriptor-set', '-o', image], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const { file: compiled } = fromBinary(FileDescriptorSetSchema, readFileSync(image))
    return compiled.filter((file) => sources.has(file.name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Path below the root, and text, of every .proto file. */
function readProtos(root: string): [path: string, source: string][] {
  const paths = globSync('**/*.proto', { cwd: root }).sort()
  return paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')])
}

function withStubs(file: FileDescriptorProto, addition: string | undefined): string {
  if (file.name === validateProto) return fullFile(file)
  if (addition === undefined) return stubFile(file)
  return `${addition}\n${stubTypes(file, declaredNames(addition))}`
}

// Top-level declarations start in the first column, as the formatter writes them.
function declaredNames(source: string): Set<string> {
  return new Set([...source.matchAll(/^(?:message|enum) (\w+)/gm)].map((match) => match[1] ?? ''))
}

function writeSource(folder: string, path: string, source: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), source)
}
