import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toBinary, toJson } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TaskSpecSchema } from '@tern/idl/task'
import { bundleFile } from '../bundling/bundle-file.ts'
import { loadBundle } from '../bundling/load-bundle.ts'
import { taskSpecOf } from '../bundling/task-spec-of.ts'

let project: string

beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'tern-mappings-')))
  await mkdir(join(project, 'node_modules'))
})

afterEach(() => rm(project, { recursive: true, force: true }))

const head = `
import { DataFrame, Dir, File, TaskEnvironment, duration, registerTransformer, type Duration, type DurationInput, type Int, type Outputs, type TaskContext } from '@tern/sdk'
import { z } from 'zod'
class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  get cents() {
    return this.#cents
  }
}
registerTransformer({ class: Money, wire: z.int(), toWire: ({ cents }) => cents, fromWire: (cents) => new Money(cents) })
export const env = new TaskEnvironment({ name: 'e', cache: { version: '1' } })
`
const types = `
interface Row { name: string; score: number; at?: Date; tags: readonly ('b' | 'a')[] }
namespace Uri { export type URL = string }
interface Tree { label: string; children: Tree[] }
interface Page<T> { items: T[]; next: string | null }
type Color = 'red' | 'green' | 'blue'
type Branded = string & { readonly __brand: 'id' }
enum Level { Low = 'low', High = 'high' }
enum Size { Small, Large = 5 }
const sizes = ['xs', 's', 'm'] as const
/** Texts about an order. */
interface Order {
  /** Its number. */
  id: Int
  /** What is bought. */
  readonly items: {
    /** Of the article. */
    code: string
    count: Int
  }[]
}
`
const schemas = `
const Row = z.object({ name: z.string(), score: z.number(), at: z.date().optional(), tags: z.array(z.enum(['b', 'a'])) })
const Tree = z.object({ label: z.string(), get children() { return z.array(Tree) } })
const Level = z.enum({ Low: 'low', High: 'high' })
enum SizeEnum { Small, Large = 5 }
const Size = z.enum(SizeEnum)
`

/** The parameters and the body of a function, and the schemas that say the same. */
interface Pair {
  readonly parameters: string
  readonly result?: string
  readonly inputs: string
  readonly output?: string
  readonly outputs?: string
}

/** The whole description of each task, as it is deployed. */
async function specsOf(text: string, name: string) {
  const file = join(project, name)
  await writeFile(file, text)
  const program = await loadBundle(await bundleFile(file, { workingDirectory: project }))
  const location = { org: '', project: 'p', domain: 'd', version: '1', bundleUri: 'x' }
  return [...program.tasks.values()].map((task) => taskSpecOf(task, location))
}

async function compare(pairs: Readonly<Record<string, Pair>>): Promise<void> {
  const derived = Object.values(pairs).map(
    ({ parameters, result }, index) =>
      `export const t${index} = env.task(async function t${index}(${parameters})${result === undefined ? '' : `: Promise<${result}>`} { throw new Error('never runs') })`,
  )
  const explicit = Object.values(pairs).map(({ inputs, output, outputs }, index) => {
    const options = [
      `name: 't${index}'`,
      `inputs: ${inputs}`,
      output && `output: ${output}`,
      outputs && `outputs: ${outputs}`,
    ]
    return `export const t${index} = env.task({ ${options.filter(Boolean).join(', ')} }, async () => { throw new Error('never runs') })`
  })
  const ours = await specsOf([head, types, ...derived].join('\n'), 'derived.ts')
  const written = await specsOf([head, schemas, ...explicit].join('\n'), 'explicit.ts')
  for (const [index, name] of Object.keys(pairs).entries()) {
    const [mine, theirs] = [ours[index]!, written[index]!]
    expect(toJson(TaskSpecSchema, mine), name).toEqual(toJson(TaskSpecSchema, theirs))
    expect(Buffer.from(toBinary(TaskSpecSchema, mine)).equals(toBinary(TaskSpecSchema, theirs)), name).toBe(true)
  }
  expect(ours).toHaveLength(Object.keys(pairs).length)
}

/** A type as an input and as the result. */
function both(type: string, schema: string): Pair {
  return { parameters: `x: ${type}`, result: type, inputs: `{ x: ${schema} }`, output: schema }
}

test('TS-14: types and schemas give the same interface', async () => {
  await compare({
    number: both('number', 'z.number()'),
    integer: both('Int', 'z.int()'),
    bigint: both('bigint', 'z.bigint()'),
    string: both('string', 'z.string()'),
    boolean: both('boolean', 'z.boolean()'),
    date: both('Date', 'z.date()'),
    duration: { parameters: 'x: Duration', inputs: '{ x: duration }', result: 'Duration', output: 'duration' },
    'what people write for durations': { parameters: 'x: DurationInput', inputs: '{ x: duration }', result: 'void' },
    null: both('null', 'z.null()'),
    unknown: both('unknown', 'z.unknown()'),
    'a brand': both('Branded', 'z.string()'),
    'a template': both('`v${number}`', 'z.string()'),
    list: both('string[]', 'z.array(z.string())'),
    'readonly list': both('ReadonlyArray<number>', 'z.array(z.number())'),
    'list of lists': both('Int[][]', 'z.array(z.array(z.int()))'),
    record: both('Record<string, number>', 'z.record(z.string(), z.number())'),
    'index signature': both('{ [name: string]: Date }', 'z.record(z.string(), z.date())'),
    set: both('Set<Color>', "z.set(z.enum(['red', 'green', 'blue']))"),
    map: both('ReadonlyMap<Int, Row>', 'z.map(z.int(), Row)'),
    bytes: both('Uint8Array', 'z.instanceof(Uint8Array)'),
    url: both('URL', 'z.instanceof(URL)'),
    'a class with a transformer': both('Money[]', 'z.array(z.instanceof(Money))'),
    'an alias with the name of something else': both('Uri.URL', 'z.string()'),
    tuple: both('[string, Int]', 'z.tuple([z.string(), z.int()])'),
    choice: both("'b' | 'a' | 'c'", "z.enum(['b', 'a', 'c'])"),
    'named choice': both('Color', "z.enum(['red', 'green', 'blue'])"),
    'choice of a list': both('(typeof sizes)[number]', "z.enum(['xs', 's', 'm'])"),
    'one text': both("'only'", "z.enum(['only'])"),
    'enum of texts': both('Level', 'Level'),
    'enum of numbers': both('Size', 'Size'),
    'part of an enum': both('Level.High', "z.enum({ High: 'high' })"),
    numbers: both('1 | 2 | 3', 'z.literal([1, 2, 3])'),
    'one truth': both('true', 'z.literal(true)'),
    interface: both('Row', 'Row'),
    'list of interfaces': both('Row[]', 'z.array(Row)'),
    'generic interface': both('Page<Int>', 'z.object({ items: z.array(z.int()), next: z.string().nullable() })'),
    'parts of a type': both("Pick<Row, 'name' | 'score'>", 'z.object({ name: z.string(), score: z.number() })'),
    'both of two': both('{ a: string } & { b: Int }', 'z.object({ a: z.string(), b: z.int() })'),
    'all optional': both('Partial<{ a: string; b: Date }>', 'z.object({ a: z.string(), b: z.date() }).partial()'),
    'names of a choice': both("Record<'x' | 'y', number>", 'z.object({ x: z.number(), y: z.number() })'),
    'names and others': both(
      '{ a: string; [rest: string]: string }',
      'z.object({ a: z.string() }).catchall(z.string())',
    ),
    recursion: both('Tree', 'Tree'),
    'a type in itself, in a list': both('Tree[]', 'z.array(Tree)'),
    'one of two': both('string | Int', 'z.union([z.string(), z.int()])'),
    'one of two, the other way': both('Int | string', 'z.union([z.int(), z.string()])'),
    'or nothing': both('string | null', 'z.string().nullable()'),
    'nothing or': both('null | Int', 'z.int().nullable()'),
    'boolean or text': both('boolean | string', 'z.union([z.boolean(), z.string()])'),
    'one of two objects': both(
      "{ kind: 'a'; n: Int } | { kind: 'b'; s: string }",
      "z.union([z.object({ kind: z.enum(['a']), n: z.int() }), z.object({ kind: z.enum(['b']), s: z.string() })])",
    ),
    file: both('File', 'File.schema()'),
    folder: both('Dir', 'Dir.schema()'),
    'files in an object': both(
      '{ doc: File; more?: File[] }',
      'z.object({ doc: File.schema(), more: z.array(File.schema()).optional() })',
    ),
    'data frame': both('DataFrame', 'DataFrame.schema()'),
    'data frame with columns': both(
      'DataFrame<{ id: Int; rain: number | null; day: Date; ok: boolean; key: bigint; words: string[] }>',
      "DataFrame.schema({ columns: { id: 'int64', rain: 'double', day: 'timestamp', ok: 'boolean', key: 'bigint', words: 'list<string>' } })",
    ),
  })
})

test('parameters and results are inputs and outputs alike', async () => {
  await compare({
    'no inputs': { parameters: '', inputs: '{}', result: 'void' },
    several: { parameters: 'b: string, a: Int', inputs: '{ b: z.string(), a: z.int() }', result: 'void' },
    'an optional one': { parameters: 'a?: string', inputs: '{ a: z.string().optional() }', result: 'void' },
    'or undefined': { parameters: 'a: string | undefined', inputs: '{ a: z.string().optional() }', result: 'void' },
    'null or undefined': { parameters: 'a?: string | null', inputs: '{ a: z.string().nullish() }', result: 'void' },
    'a default': { parameters: "label = 'a'", inputs: "{ label: z.string().default('a') }", result: 'void' },
    'defaults of all kinds': {
      parameters:
        "n = -1.5, i: Int = 3, ok = true, list: string[] = ['x'], big = 7n, none: string | null = null, at = new Date('2026-01-02'), level = Level.High, color: Color = 'green', row: { a: Int } = { a: 1 }",
      inputs: `{ n: z.number().default(-1.5), i: z.int().default(3), ok: z.boolean().default(true), list: z.array(z.string()).default(['x']),
        big: z.bigint().default(7n), none: z.string().nullable().default(null), at: z.date().default(new Date('2026-01-02')),
        level: Level.default('high'), color: z.enum(['red', 'green', 'blue']).default('green'), row: z.object({ a: z.int() }).default({ a: 1 }) }`,
      result: 'void',
    },
    'a default that is computed': {
      parameters: 'at: Date = new Date(), n = Math.random()',
      inputs: '{ at: z.date().optional(), n: z.number().optional() }',
      result: 'void',
    },
    'a default that is a constant': {
      parameters: 'size: string = sizes[0], level = Level.Low',
      inputs: "{ size: z.string().optional(), level: Level.default('low') }",
      result: 'void',
    },
    'one object, taken apart': {
      parameters: "{ x, label = 'a', rest: other }: { x: Int; label?: string; rest: Date; more?: string[] }",
      inputs: "{ x: z.int(), label: z.string().default('a'), rest: z.date(), more: z.array(z.string()).optional() }",
      result: 'void',
    },
    'one after the other, and an object': {
      parameters: 'x: Int, { verbose = false }: { verbose?: boolean } = {}',
      inputs: '{ x: z.int(), verbose: z.boolean().default(false) }',
      result: 'void',
    },
    'the context at the end': {
      parameters: "x: Int, label = 'a', context: TaskContext, signal: AbortSignal",
      inputs: "{ x: z.int(), label: z.string().default('a') }",
      result: 'void',
    },
    'named outputs': {
      parameters: '',
      inputs: '{}',
      result: 'Outputs<{ mean: number;\n/** All of them. */\nrows: Row[] }>',
      outputs: "{ mean: z.number(), rows: z.array(Row).describe('All of them.') }",
    },
    'a result that may be absent': {
      parameters: '',
      inputs: '{}',
      result: 'string | undefined',
      output: 'z.string().optional()',
    },
    'texts about the members': {
      parameters: 'order: Order',
      inputs: `{ order: z.object({ id: z.int().describe('Its number.'),
        items: z.array(z.object({ code: z.string().describe('Of the article.'), count: z.int() })).describe('What is bought.') }) }`,
      result: 'void',
    },
  })
})
