import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Deriver } from './deriver.ts'

// The compiler takes a second or two, and on a busy machine more.
vi.setConfig({ testTimeout: 60_000 })

let project: string

beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'tern-derive-')))
  // What is remembered is kept beside what is installed.
  await mkdir(join(project, 'node_modules'))
})

afterEach(() => rm(project, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<string> {
  const file = join(project, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

/** Reads the files of other projects once for all tests. */
const deriver = new Deriver()

const head = `import { TaskEnvironment, type TaskContext, type Outputs, DataFrame } from '@tern/sdk'
const env = new TaskEnvironment({ name: 'e' })
`

/** What is wrong with a task, with its place in the file. */
function problemsOf(text: string, file = join(project, 'main.ts')): string[] {
  const { problems } = deriver.derive(file, head + text)
  return problems.map(({ message, line, column }) => `${line - 2}:${column} ${message}`)
}

describe('a type without a wire form', () => {
  test.each<[string, string, string]>([
    [
      'is named with its parameter and place',
      'env.task(async function f(x: number, when: symbol) {})',
      '1:38 parameter when of task f: the type symbol has no wire form. Use a type that other languages know.',
    ],
    [
      'is named where it is inside of another',
      'interface Row { id: string; at: { toText: () => string }[] }\nenv.task(async function f(rows: Row[]) {})',
      '2:27 parameter rows[].at[].toText of task f: the type () => string is a function. Pass plain values.',
    ],
    [
      'is refused in a result',
      'env.task(async function f(): Promise<{ pattern: RegExp }> { return { pattern: /x/ } })',
      '1:30 the result.pattern of task f: the type RegExp has no wire form. Use a string: its source.',
    ],
    [
      'is refused in a result that is not written',
      'env.task(async function f() { return [() => 1] })',
      '1:25 the result[] of task f: the type () => 1 is a function. Pass plain values.',
    ],
    [
      'is any',
      'env.task(async function f(x: any) {})',
      '1:27 parameter x of task f: the type any cannot be found, or says nothing. Say what it is; unknown stands for any plain value.',
    ],
    [
      'is not there',
      'env.task(async function f(x: Nowhere) {})',
      '1:27 parameter x of task f: the type Nowhere cannot be found, or says nothing. Say what it is; unknown stands for any plain value.',
    ],
    [
      'is not said',
      'env.task(async function f(a: number, b) {})',
      '1:38 parameter b of task f: the type any says nothing. Write its type.',
    ],
    [
      'is object',
      'env.task(async function f(x: object) {})',
      '1:27 parameter x of task f: the type object says nothing. Use unknown, or Record<string, unknown>.',
    ],
    [
      'has numbers as keys',
      'env.task(async function f(x: Record<number, string>) {})',
      '1:27 parameter x of task f: the type Record<number, string> has numbers as keys. Use an array, or Record<string, …>.',
    ],
    [
      'is a list of no fixed length',
      'env.task(async function f(x: [string, ...number[]]) {})',
      '1:27 parameter x of task f: the type [string, ...number[]] has no fixed length. Write an array for values of any length, or a union for what may be missing.',
    ],
    [
      'is a promise',
      'env.task(async function f(x: Promise<string>) {})',
      '1:27 parameter x of task f: the type Promise<string> has no wire form. Await it, and pass its value.',
    ],
    [
      'is open',
      'function declare<T>() { return env.task(async function f(x: T) {}) }',
      '1:58 parameter x of task f: the type T stands for any type. Give the function types that are known.',
    ],
    [
      'is a class that is declared elsewhere',
      "import type { Stats } from 'node:fs'\nenv.task(async function f(x: Stats) {})",
      '2:27 parameter x of task f: the type Stats',
    ],
    [
      'is in a column',
      'env.task(async function f(x: DataFrame<{ a: { b: string } }>) {})',
      '1:27 parameter x<row>.a of task f: the type DataFrame<{ a: { b: string; }; }> has a column of another type. Columns hold numbers, bigints, texts, booleans, Dates, and lists of these.',
    ],
  ])('%s', (_, text, message) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(message)])
  })

  test('does not hide the others', () => {
    expect(
      problemsOf('env.task(async function f(a: symbol, b: Promise<void>) {})\nenv.task(async function g(c: any) {})'),
    ).toEqual([
      expect.stringContaining('parameter a of task f'),
      expect.stringContaining('parameter b of task f'),
      expect.stringContaining('parameter c of task g'),
    ])
  })
})

describe('I-4: a function that cannot be a task', () => {
  test.each<[string, string, string]>([
    [
      'has a parameter without a name',
      'env.task(async function f([a]: string[]) {})',
      '1:27 parameter [a] of task f has no name. Give it one.',
    ],
    [
      'has no name',
      'export default env.task(async (x: number) => x)',
      '1:25 the task has no name. Name the function, or give options: env.task({ name }, …).',
    ],
    [
      'takes any number of values',
      'env.task(async function f(...xs: number[]) {})',
      '1:27 parameter ...xs of task f has no fixed number of values. Take an array.',
    ],
    [
      'has its context before an input',
      'env.task(async function f(context: TaskContext, x: number) {})',
      '1:49 parameter x of task f comes after its context. Let the context come last.',
    ],
    [
      'has two inputs of one name',
      'env.task(async function f(x: number, { x: y }: { x: string }) {})',
      '1:10 task f has two inputs called x. Give one of them another name.',
    ],
    [
      'has several signatures',
      'declare function f(x: string): void\ndeclare function f(x: number): void\nenv.task(f)',
      '3:10 task f has several signatures. Give a function with one signature.',
    ],
    [
      'has a default for several inputs together',
      'env.task(async function f({ x }: { x: number } = { x: 1 }) {})',
      '1:50 parameter { x } of task f has a default as a whole. Give its members defaults, and {} to the whole.',
    ],
  ])('%s', (_, text, message) => {
    expect(problemsOf(text)).toEqual([message])
  })
})

describe('the compiler', () => {
  const derived = 'export const f = env.task(async function f(x: Shared) {})'

  test('is not asked about files whose tasks have schemas', () => {
    const text = `${head}
      // env.task(fn) would be derived
      env.task({ name: 'a', inputs: {}, retries: 3 }, (x) => x)
      env.task({ output: z.object({ a: z.string() }), name: 'b' }, async () => ({ a: 'x' }))
      env.task({ name: 'c' }, async () => { await Promise.all([1].map((x) => { log(x) })) })
      env.task({ name: 'd' }, (_, { signal }) => untilAborted(signal))
      env.task({ name: 'e' }, async (): Promise<void> => {})
      env.task({ name: 'f' }, async function () {})
      env.task({ name: 'g', cache: { version: '1' } }, inputs => log(inputs))`
    const fresh = new Deriver()
    expect(fresh.derive(join(project, 'main.ts'), text)).toEqual({ problems: [], code: undefined, dependencies: [] })
    expect(fresh.hasCompiled).toBe(false)
  })

  test('is asked once about a file that does not change, and again when an imported type does', async () => {
    const shared = await write('src/shared.ts', "export * from './types.ts'")
    const types = await write('src/types.ts', 'export interface Shared { a: string }')
    const text = `import type { Shared } from './shared.ts'\n${head}${derived}`
    const file = await write('src/main.ts', text)
    const first = new Deriver()
    const before = first.derive(file, text)
    expect(before.code).toContain('"name":"a"')
    expect(before.dependencies).toEqual(expect.arrayContaining([shared, types]))
    expect(first.hasCompiled).toBe(true)

    const second = new Deriver()
    expect(second.derive(file, text)).toEqual(before)
    // What was touched is compared by its content.
    await utimes(types, 1, 1)
    expect(second.derive(file, text)).toEqual(before)
    expect(second.hasCompiled).toBe(false)

    await write('src/types.ts', 'export interface Shared { b: string }')
    expect(second.derive(file, text).code).toContain('"name":"b"')
    expect(second.hasCompiled).toBe(true)
    // The one that has compiled before sees the change too.
    await write('src/types.ts', 'export interface Shared { c: string }')
    expect(first.derive(file, text).code).toContain('"name":"c"')
  })

  test('is asked again when the settings change', async () => {
    const text = `${head}env.task(async function f(x: { a?: string | undefined }, y: Shared) {})`
    await write('ambient.d.ts', 'interface Shared { a: string }')
    const file = await write('main.ts', text)
    const settings = (options: object) =>
      write('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'nodenext', types: [], ...options } }))
    expect(new Deriver().derive(file, text).problems).toHaveLength(1)
    await settings({ strict: true })
    expect(new Deriver().derive(file, text).code).toContain('"name":"a"')
    const again = new Deriver()
    again.derive(file, text)
    expect(again.hasCompiled).toBe(false)
    await settings({ strict: false })
    again.derive(file, text)
    expect(again.hasCompiled).toBe(true)
  })

  test('goes by the settings of the project', async () => {
    await write('tsconfig.json', JSON.stringify({ files: [], references: [{ path: './tsconfig.app.json' }] }))
    await write(
      'tsconfig.app.json',
      JSON.stringify({
        extends: './tsconfig.base.json',
        compilerOptions: { composite: true, paths: { '#models/*': ['./src/models/*'] } },
        include: ['src'],
      }),
    )
    await write(
      'tsconfig.base.json',
      JSON.stringify({ compilerOptions: { module: 'esnext', moduleResolution: 'bundler', strict: true, types: [] } }),
    )
    await write('src/models/row.ts', 'export interface Shared { id: string | null }')
    const text = `import type { Shared } from '#models/row'\n${head}${derived}`
    const { code } = new Deriver().derive(await write('src/main.ts', text), text)
    expect(code).toContain('{"name":"id","shape":{"kind":"nullable","of":"string"}}')
  })

  test('reads the types of JavaScript from its comments', () => {
    const text = `import { TaskEnvironment } from '@tern/sdk'
const env = new TaskEnvironment({ name: 'e' })
export const f = env.task(
  /**
   * @param {number} x how many
   * @param {string[]} [names]
   */
  async function f(x, names) { return x },
)`
    const { code } = new Deriver().derive(join(project, 'main.js'), text)
    expect(code).toContain('{"name":"x","shape":"number","description":"how many"}')
    expect(code).toContain('{"name":"names","shape":{"kind":"optional","of":{"kind":"array","of":"string"}}}')
  })
})

describe('what is written into a file', () => {
  function codeOf(text: string): string {
    const { code, problems } = deriver.derive(join(project, 'main.ts'), head + text)
    expect(problems).toEqual([])
    return code ?? ''
  }

  test('leaves its lines where they are', () => {
    const text = `env.task(
  { name: 'f' },
  async function (
    x: number,
    row: { a: string } = {
      a: 'x', // a comment
    },
  ) {
    return x
  },
)
env.task(async function g() {})`
    const lines = codeOf(text).split('\n')
    // What it refers to is imported at the end.
    expect(lines.slice((head + text).split('\n').length)).toEqual([
      "import { derived as __tern_derived } from '@tern/sdk/derived'",
      '',
    ])
    expect(codeOf(text)).toContain(`"fallback":()=>({a:"x"})`)
  })

  test('has the texts of documentation comments', () => {
    const text = `
interface Row {
  /** Who
   * it is. */
  name: string
}
/**
 * Predicts a thing.
 * In one go.
 *
 * It takes a while.
 *
 * @param x - the number
 * @param options.label what to call it
 * @returns the rows
 */
export const predict = env.task(async function predict(x: number, { label }: { label: string }): Promise<Row[]> {
  return []
})`
    const code = codeOf(text)
    expect(code).toContain(
      '"docs":{"short":"Predicts a thing. In one go.","long":"Predicts a thing.\\nIn one go.\\n\\nIt takes a while."}',
    )
    expect(code).toContain('{"name":"x","shape":"number","description":"the number"}')
    expect(code).toContain('{"name":"label","shape":"string","description":"what to call it"}')
    expect(code).toContain('"description":"Who it is."')
    expect(code).toContain('"description":"the rows"')
  })

  test('names tasks as their constants, when the function has no name', () => {
    expect(codeOf('export const doubled = env.task(async (x: number) => 2 * x)')).toContain('"name":"doubled"')
    expect(codeOf('async function named(x: number) { return x }\nenv.task(named)')).toContain('"name":"named"')
  })

  test.each([
    [
      'what a generator returns',
      'async function* f(n: number) { yield "line"; return { n } }',
      '{"kind":"object","members":[{"name":"n","shape":"number"}]}',
    ],
    ['a result that is not written', 'function f() { return 3 }', '"number"'],
    ['one of several', 'function f(x: boolean) { return x ? "b" : "a" }', '{"kind":"enum","entries":["a","b"]}'],
    ['that of a promise in a promise', 'async function f() { return Promise.resolve(new Date()) }', '"date"'],
  ])('has %s as the output', (_, fn, shape) => {
    expect(codeOf(`env.task(${fn})`)).toContain(`"output":{"shape":${shape}}`)
  })

  test('has no output for a function that returns nothing', () => {
    expect(codeOf('env.task(async function f(x: number) { console.log(x) })')).not.toContain('"output"')
  })

  test('is nothing for calls of other things called task', () => {
    expect(codeOf('const other = { task: (fn: () => void) => fn }\nother.task(() => {})')).toBe('')
  })
})
