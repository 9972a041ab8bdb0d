import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromInputs, literalTypes } from '@tern/core'
import { Command, CommanderError } from 'commander'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RunOptions } from '../commands/run-options.ts'
import { type MemoryIo, memoryIo } from '../test/memory-io.ts'
import { aTaskSpec, type InputSpec } from '../test/task-specs.ts'
import { UsageError } from '../usage-error.ts'
import { parseTaskArguments } from './task-arguments.ts'

const { integer, float, string, boolean, list, map, optional, datetime, duration } = literalTypes
const enumeration = literalTypes.enumOf(['fail', 'skip'])

type Inputs = Readonly<Record<string, InputSpec>>

describe('inputs', () => {
  test.each([
    ['an integer', integer(), ['--x', '-3'], -3],
    ['an integer with =', integer(), ['--x=-3'], -3],
    ['a number', float(), ['--x', '2.5e3'], 2500],
    ['text', string(), ['--x', '-not a flag'], '-not a flag'],
    ['text with JSON in it', string(), ['--x', '{"a":1}'], '{"a":1}'],
    ['a member of an enumeration', enumeration, ['--x', 'skip'], 'skip'],
    ['a list as JSON', list(integer()), ['--x', '[1, 2]'], [1, 2]],
    ['a list of one', list(integer()), ['--x', '1'], [1]],
    ['a list element by element', list(string()), ['--x', 'a', '--x', 'b'], ['a', 'b']],
    ['an empty list', list(string()), ['--x', '[]'], []],
    ['a map as JSON', map(integer()), ['--x', '{"a": 1}'], { a: 1 }],
    ['a boolean by its flag', boolean(), ['--x'], true],
    ['a boolean by its negation', boolean(), ['--no-x'], false],
    ['a boolean in words', boolean(), ['--x', 'false'], false],
    ['a boolean with =', boolean(), ['--x=false'], false],
    ['an optional integer', optional(integer()), ['--x', '1'], 1],
    ['an optional integer left out', optional(integer()), [], null],
    ['nothing for an optional integer', optional(integer()), ['--x', 'null'], null],
    ['a time', datetime(), ['--x', '2026-01-31T12:00:00Z'], new Date('2026-01-31T12:00:00Z')],
    ['a duration', duration(), ['--x', '1h30m'], { milliseconds: 5_400_000 }],
  ])('%s', async (_, type, words, value) => {
    const { inputs } = await parse({ x: { type } }, words)
    expect(fromInputs(inputs)).toEqual({ x: value })
  })

  test('that are files are found from where the command is, and have to be there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tern-given-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'x.csv'), 'n\n1\n')
    const inputs = {
      docs: { type: list(literalTypes.file()) },
      table: { type: optional(literalTypes.structuredDataset()) },
      tree: { type: optional(literalTypes.directory()) },
    }
    const io = memoryIo({ cwd: folder })
    const words = ['--docs', 'x.csv', '--docs', 's3://b/x', '--docs', 'file:///there/x', '--table', 'x.csv']
    const parsed = await parse(inputs, [...words, '--tree', folder], [], io)
    expect(fromInputs(parsed.inputs)).toMatchObject({
      docs: [{ uri: join(folder, 'x.csv') }, { uri: 's3://b/x' }, { uri: '/there/x' }],
      table: { uri: join(folder, 'x.csv'), format: 'csv' },
      tree: { kind: 'directory', uri: folder },
    })
    expect([...parsed.local]).toEqual([join(folder, 'x.csv'), folder])
    await expect(parse(inputs, ['--docs', 'y.csv'], [], io)).rejects.toThrow(`--docs: ${folder}/y.csv does not exist`)
    await expect(parse(inputs, ['--docs', '.'], [], io)).rejects.toThrow('is a folder, and a file is wanted')
    await expect(parse(inputs, ['--docs', 'x.csv', '--tree', 'x.csv'], [], io)).rejects.toThrow('a folder is wanted')
    writeFileSync(join(folder, 'x.txt'), '')
    const table = parse(inputs, ['--docs', 'x.csv', '--table', 'x.txt'], [], io)
    await expect(table).rejects.toMatchObject({ hint: 'Tables are .parquet or .csv files.' })
  })

  test('have flags in kebab case, and understand their own names', async () => {
    const inputs = { onBadRow: { type: string() }, max_rows: { type: integer() } }
    expect(fromInputs((await parse(inputs, ['--on-bad-row', 'a', '--max-rows', '1'])).inputs)).toEqual({
      onBadRow: 'a',
      max_rows: 1,
    })
    expect(fromInputs((await parse(inputs, ['--onBadRow', 'a', '--max_rows', '1'])).inputs)).toEqual({
      onBadRow: 'a',
      max_rows: 1,
    })
  })

  test('whose flags would be the same keep their own names', async () => {
    const inputs = { maxRows: { type: integer() }, max_rows: { type: integer() } }
    const words = ['--max-rows', '1', '--max_rows', '2']
    expect(fromInputs((await parse(inputs, words)).inputs)).toEqual({ maxRows: 1, max_rows: 2 })
  })

  test('take their defaults', async () => {
    const { inputs, given } = await parse({ x: { type: integer(), default: 7 }, y: { type: integer() } }, ['--y', '1'])
    expect(fromInputs(inputs)).toEqual({ x: 7, y: 1 })
    expect([...given.keys()]).toEqual(['y'])
  })

  test('stay in the order of the interface', async () => {
    const spec = { b: { type: integer() }, a: { type: integer(), default: 1 } }
    const { inputs } = await parse(spec, ['--b', '2'])
    const order = aTaskSpec(spec).taskTemplate?.interface?.inputs?.variables.map(({ key }) => key)
    expect(inputs.literals.map(({ name }) => name)).toEqual(order)
  })

  test('that have the name of a flag of tern run hide it', async () => {
    const { inputs, options } = await parse({ name: { type: string() } }, ['--name', 'Ada', '-f'], ['--name', 'my-run'])
    expect(fromInputs(inputs)).toEqual({ name: 'Ada' })
    expect(options.values).toMatchObject({ name: 'my-run', follow: true })
  })
})

describe('values from elsewhere', () => {
  test('@file is the text of a file, without the end of its last line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tern-values-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'numbers.json'), '[1,\n2]\n')
    const { inputs } = await parse(
      { x: { type: list(integer()) } },
      ['--x', '@numbers.json'],
      [],
      memoryIo({ cwd: folder }),
    )
    expect(fromInputs(inputs)).toEqual({ x: [1, 2] })
  })

  test('@- is standard input', async () => {
    const { inputs } = await parse({ x: { type: string() } }, ['--x', '@-'], [], memoryIo({ stdin: 'from a pipe\n' }))
    expect(fromInputs(inputs)).toEqual({ x: 'from a pipe' })
  })

  test('@@ is a plain @', async () => {
    expect(fromInputs((await parse({ x: { type: string() } }, ['--x', '@@ada'])).inputs)).toEqual({ x: '@ada' })
  })

  test('a file that does not exist is named with its flag', async () => {
    const failure = parse({ x: { type: string() } }, ['--x', '@nope.txt'])
    await expect(failure).rejects.toThrow('--x: cannot read nope.txt: it does not exist')
  })
})

describe('what is wrong is said with the name of the flag', () => {
  test.each<[string, Inputs, string[], string | RegExp]>([
    ['missing', { x: { type: integer() }, y: { type: string() } }, [], 'test.main needs --x (integer), --y (string)'],
    ['of the wrong type', { x: { type: integer() } }, ['--x', 'many'], /^--x: expected integer, got .*"many"/],
    ['wrong in the list', { x: { type: list(integer()) } }, ['--x', '[1, "b"]'], /^--x\[1\]: expected integer/],
    ['not JSON', { x: { type: map(integer()) } }, ['--x', '{a}'], /^--x: expected map<string, integer> as JSON/],
    ['not of the enumeration', { x: { type: enumeration } }, ['--x', 'stop'], /^--x: expected "fail" \| "skip"/],
    ['given twice', { x: { type: integer() } }, ['--x', '1', '--x', '2'], '--x was given 2 times'],
  ])('%s', async (_, inputs, words, message) => {
    const failure = parse(inputs, words)
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toThrow(UsageError)
  })

  test.each<[string, string[], string]>([
    ['unknown', ['--xx', '1'], "unknown option '--xx'"],
    ['without a value', ['--x'], 'argument missing'],
    ['a word that is no flag', ['1'], 'too many arguments'],
  ])('%s', async (_, words, message) => {
    const failure = parse({ x: { type: integer() } }, words)
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toThrow(CommanderError)
  })
})

test('help lists each input with type, default and description', async () => {
  const io = memoryIo()
  const inputs = {
    numbers: { type: list(integer()), description: 'what to add up' },
    mode: { type: enumeration, default: 'fail', description: 'what to do about bad rows' },
    fast: { type: boolean(), default: true },
  }
  await expect(parse(inputs, ['--help'], [], io)).rejects.toThrow(CommanderError)
  const help = io.written.stdout.replace(/\s+/g, ' ')
  expect(help).toContain('Usage: tern run file.ts main --numbers <list<integer>> [options] A task')
  expect(help).toContain('--numbers <list<integer>> what to add up (required)')
  expect(help).toContain('--mode <fail|skip> what to do about bad rows (default "fail")')
  expect(help).toContain('--fast [boolean] (default true; or --no-fast)')
  expect(help).toContain('--follow')
})

async function parse(
  inputs: Inputs,
  words: readonly string[],
  runWords: readonly string[] = [],
  io: MemoryIo = memoryIo(),
) {
  const { withRunOptions } = await import('../commands/run-options.ts')
  const tern = new Command('tern').exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    outputError: () => undefined,
  })
  const run = withRunOptions(new Command('run').copyInheritedSettings(tern)).action(() => undefined)
  const file = withRunOptions(new Command('file.ts').copyInheritedSettings(tern))
  run.parent = tern
  file.parent = run
  run.parse([...runWords], { from: 'user' })
  const request = { spec: aTaskSpec(inputs), name: 'main', words, parent: file, io }
  const parsed = await parseTaskArguments(request)
  return { ...parsed, options: parsed.options as { values: RunOptions } }
}
