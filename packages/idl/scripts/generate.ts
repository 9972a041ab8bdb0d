// Writes the TypeScript of the protocol. See ../README.md for what is generated from what.
//
//   node scripts/generate.ts           generate, unless nothing changed since the last time
//   node scripts/generate.ts --force   generate in any case
//   node scripts/generate.ts --check   also fail if a committed file is not what would be generated

import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { clone, create, createFileRegistry, type DescExtension, getExtension, toBinary } from '@bufbuild/protobuf'
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type ServiceDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { loadBaseFiles } from './base.ts'
import { compileProtos } from './compile.ts'
import { mergeFiles } from './merge.ts'
import { generateTypeScript } from './plugin.ts'

const root = dirname(import.meta.dirname)
const additionsFolder = join(root, 'additions')
const protoFolder = join(root, 'proto')
const genFolder = join(root, 'src/gen')
const stampPath = join(genFolder, '.stamp')
const removalsProto = 'tern/idl/removed.proto'

/** Our own protocols are committed, below src/ and not src/gen/, so that a review sees what a change of them does. */
const committed = /^tern\/.*_pb\.ts$/

async function main(args: readonly string[]): Promise<void> {
  const stamp = stampOfInputs()
  const isFresh = existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp
  if (isFresh && args.length === 0) return

  const base = await loadBaseFiles()
  const merged = mergeAdditions(base, compileProtos([additionsFolder, protoFolder], base)).map(withoutRulesImport)
  const sources = generateTypeScript(merged)
  if (args.includes('--check')) checkCommitted(sources)

  rmSync(genFolder, { recursive: true, force: true })
  for (const [path, source] of sources) writeSource(path, source)
  writeFile(join(genFolder, 'files.ts'), listOfFiles(merged))
  writeFile(
    join(genFolder, 'base.binpb'),
    toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: base })),
  )
  writeFile(stampPath, stampOfInputs())
  console.log(`generated ${sources.size} files`)
}

function mergeAdditions(base: FileDescriptorProto[], compiled: FileDescriptorProto[]): FileDescriptorProto[] {
  const removals = compiled.find((file) => file.name === removalsProto)
  if (removals === undefined) throw new Error(`${removalsProto} is missing`)
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...base, removals] }))
  const extension = registry.getExtension('tern.idl.removed_method') as DescExtension
  const removedMethods = ({ options }: ServiceDescriptorProto) =>
    options ? (getExtension(options, extension) as string[]) : []

  const additions = compiled.filter((file) => file !== removals)
  for (const file of additions) file.dependency = file.dependency.filter((path) => path !== removalsProto)
  return mergeFiles(base, additions, removedMethods)
}

/**
 * Validation rules are options that protovalidate finds by their number, and brings the types for. Not importing those
 * types saves a quarter of the time that it takes to load a generated module.
 */
function withoutRulesImport(file: FileDescriptorProto): FileDescriptorProto {
  const copy = clone(FileDescriptorProtoSchema, file)
  copy.dependency = file.dependency.filter((path) => path !== 'buf/validate/validate.proto')
  return copy
}

/** What the output depends on: our sources, these scripts, the committed output, and the exact versions of the tools. */
function stampOfInputs(): string {
  const hash = createHash('sha256')
  const inputs = globSync('{additions,proto,scripts,src/tern}/**/*.{proto,ts}', { cwd: root }).sort()
  for (const path of [...inputs, 'package.json']) {
    hash.update(`${path}\n`).update(readFileSync(join(root, path)))
  }
  return hash.digest('hex')
}

function outputPath(path: string): string {
  return committed.test(path) ? join(root, 'src', path) : join(genFolder, path)
}

/** The plugin knows one output folder; a committed file lies outside of it and reaches into it. */
function outputSource(path: string, source: string): string {
  return committed.test(path)
    ? source.replaceAll(/(?<=from "(?:\.\.\/)+)(?=flyteidl2\/|google\/|buf\/)/g, 'gen/')
    : source
}

function writeSource(path: string, source: string): void {
  writeFile(outputPath(path), outputSource(path, source))
}

function checkCommitted(sources: ReadonlyMap<string, string>): void {
  const stale = [...sources].filter(([path, source]) => {
    const isCurrent =
      existsSync(outputPath(path)) && readFileSync(outputPath(path), 'utf8') === outputSource(path, source)
    return committed.test(path) && !isCurrent
  })
  if (stale.length === 0) return
  const paths = stale.map(([path]) => `  src/${path}`).join('\n')
  throw new Error(`not what the .proto files say; run npm run generate and commit:\n${paths}`)
}

/** A module that has every generated file, for the registry. */
function listOfFiles(files: readonly FileDescriptorProto[]): string {
  const names = files
    .map((file) => file.name.replace(/\.proto$/, ''))
    .filter((name) => !name.startsWith('google/protobuf/'))
  const variable = (name: string) => `file_${name.replaceAll(/[^a-zA-Z0-9]/g, '_')}`
  const module = (name: string) => (committed.test(`${name}_pb.ts`) ? `../${name}_pb.ts` : `./${name}_pb.ts`)
  return [
    '// Generated by scripts/generate.ts.',
    `import type { DescFile } from "@bufbuild/protobuf";`,
    ...names.map((name) => `import { ${variable(name)} } from "${module(name)}";`),
    '',
    'export const generatedFiles: readonly DescFile[] = [',
    ...names.map((name) => `  ${variable(name)},`),
    '];',
    '',
  ].join('\n')
}

function writeFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

await main(process.argv.slice(2))
