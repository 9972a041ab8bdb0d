import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { create, createFileRegistry, type DescMessage, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { describe, expect, test } from 'vitest'
import { compileProtos } from '../scripts/compile.ts'
import { mergeFiles } from '../scripts/merge.ts'

describe('an addition', () => {
  test('adds fields, enum values and methods, and replaces what has the same number', () => {
    const merged = merge(
      `message Run { string cluster = 1; enum Kind { NONE = 0; } }
       service Runs { rpc Get(Run) returns (Run); rpc Old(Run) returns (Run); }`,
      `message Run { string queue = 1; Kind kind = 2; enum Kind { NONE = 0; FULL = 1; } }
service Runs { rpc List(Run) returns (stream Run); }`,
      ['Old'],
    )
    const run = message(merged, 'p.Run')
    expect(run.fields.map(({ number, name }) => `${number} ${name}`)).toEqual(['1 queue', '2 kind'])
    expect(merged.getEnum('p.Run.Kind')?.values.map(({ name }) => name)).toEqual(['NONE', 'FULL'])
    expect(merged.getService('p.Runs')?.methods.map(({ name }) => name)).toEqual(['Get', 'List'])
  })

  test('moves a field into a oneof, extends a oneof, and leaves optional fields alone', () => {
    const merged = merge(
      `message Run { optional string note = 1; string pod = 2; oneof by { string a = 3; } optional string tail = 4; }`,
      `message Run { oneof which { string pod = 2; bool all = 5; } oneof by { string b = 6; } optional bool last = 7; }`,
    )
    const run = message(merged, 'p.Run')
    expect(run.oneofs.map(({ name, fields }) => [name, ...fields.map((field) => field.name)])).toEqual([
      ['by', 'a', 'b'],
      ['which', 'pod', 'all'],
    ])
    expect(run.fields.filter(({ proto }) => proto.proto3Optional).map(({ name }) => name)).toEqual([
      'note',
      'tail',
      'last',
    ])
    expect(run.proto.oneofDecl.map(({ name }) => name)).toEqual(['by', 'which', '_note', '_tail', '_last'])
  })

  test('removes the fields whose numbers it reserves', () => {
    const merged = merge(`message Run { string a = 1; string b = 2; }`, `message Run { reserved 2; reserved "b"; }`)
    expect(message(merged, 'p.Run').fields.map(({ name }) => name)).toEqual(['a'])
  })

  test('does not change the files it is merged into', () => {
    const base = compile({ 'p/run.proto': file(`message Run { string a = 1; }`) })
    const before = base.map((proto) => proto.messageType.length)
    mergeFiles(base, compile({ 'p/run.proto': file(`message Other {}`) }, base), () => [])
    expect(base.map((proto) => proto.messageType.length)).toEqual(before)
  })

  test('that makes files import each other is refused', () => {
    const base = compile({
      'p/a.proto': file(`message A {}`),
      'p/b.proto': file(`message B { A a = 1; }`, 'p/a.proto'),
    })
    const addition = compile({ 'p/a.proto': file(`message A { B b = 1; }`, 'p/b.proto') }, base)
    expect(() => mergeFiles(base, addition, () => [])).toThrow('import cycle: p/a.proto -> p/b.proto -> p/a.proto')
  })
})

function merge(base: string, addition: string, removedMethods: string[] = []): FileRegistry {
  const baseFiles = compile({ 'p/run.proto': file(base) })
  const additions = compile({ 'p/run.proto': file(addition) }, baseFiles)
  const merged = create(FileDescriptorSetSchema, { file: mergeFiles(baseFiles, additions, () => removedMethods) })
  return createFileRegistry(merged)
}

function file(body: string, ...imports: string[]): string {
  return ['syntax = "proto3";', 'package p;', ...imports.map((path) => `import "${path}";`), body].join('\n')
}

function compile(sources: Record<string, string>, base: Parameters<typeof compileProtos>[1] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'tern-idl-test-'))
  try {
    for (const [path, source] of Object.entries(sources)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), source)
    }
    return compileProtos([folder], base)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function message(registry: FileRegistry, name: string): DescMessage {
  const found = registry.getMessage(name)
  if (found === undefined) throw new Error(`${name} does not exist`)
  return found
}
