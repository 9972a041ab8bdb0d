import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

// What the editor says of a mistake names the mistake, and nothing else: also in TypeScript 7, which tells of one signature alone where
// there are several. Against the types that are published, as they are much quicker to read than the sources.

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** A line of code with a mistake, and what is to be said of it. */
const mistakes: ReadonlyArray<readonly [line: string, says: string]> = [
  [
    `env.task({ name: 'a', ...io, timeout: 5 }, ({ x }) => x.toFixed())`,
    "Type '5' is not assignable to type 'TimeoutOption",
  ],
  [
    `env.task({ name: 'b', ...io, image: 'node' }, ({ x }) => x.toFixed())`,
    "'image' does not exist in type 'TaskOptions",
  ],
  [`env.task({ name: 'c', ...io }, ({ x }) => x)`, "Type 'number' is not assignable to type 'Returned<string>'"],
  [
    `env.task({ name: 'd', ...io, retries: { count: 1, backof: {} } }, ({ x }) => x.toFixed())`,
    "'backof' does not exist",
  ],
  [`env.task({ name: 'e', outputs: { p: z.int(), q: z.int() } }, () => ({ p: 1 }))`, "Property 'q' is missing"],
  [`env.task({ ...io }, ({ x }) => x.toFixed())`, "Property 'name' is missing"],
  [`env.task({ retries: '3' }, async function f(x: number) { return x })`, 'is not assignable to type'],
  [`env.task({ name: 'g', ...io }, ({ y }) => y)`, "Property 'y' does not exist on type '{ x: number; }'"],
  [`new TaskEnvironment({ name: 'h', retries: 3 })`, "'retries' does not exist in type 'TaskEnvironmentOptions'"],
  [`right.override({ name: 'z' })`, "'name' does not exist in type 'TaskOverrides'"],
  [`right({ x: '1' })`, "Type 'string' is not assignable to type 'number'"],
  [`map(right, [{ x: 1 }], { concurency: 3 })`, "Did you mean to write 'concurrency'?"],
  [`run(right, { x: 1 }, { label: {} })`, "Did you mean to write 'labels'?"],
]

const before = `
import { map, run, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
const env = new TaskEnvironment({ name: 'mistakes' })
const right = env.task({ name: 'right', inputs: { x: z.int() }, output: z.string() }, ({ x }) => x.toFixed())
const io = { inputs: { x: z.int() }, output: z.string() }
`

let folder: string
beforeAll(() => {
  // Inside the repository, where the packages are found.
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'mistakes-'))
  writeFileSync(join(folder, 'mistakes.ts'), `${before}${mistakes.map(([line]) => `${line}\n`).join('')}`)
  const compilerOptions = {
    module: 'nodenext',
    target: 'esnext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    exactOptionalPropertyTypes: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['mistakes.ts'] }))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the compiler names each mistake', () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
  const errors = new Map<number, string>()
  for (const error of stdout.split(/\n(?=\S)/)) {
    const line = Number(/mistakes\.ts\((\d+),/.exec(error)?.[1]) - before.split('\n').length
    errors.set(line, `${errors.get(line) ?? ''}${error}`)
  }
  for (const [n, [line, says]] of mistakes.entries()) {
    expect(errors.get(n), line).toContain(says)
    // An option of the other way to declare a task is not what was meant.
    expect(errors.get(n), line).not.toMatch(/^[^\n]*\n[^\n]*\n[^\n]*to type 'undefined'/)
  }
  expect([...errors.keys()].toSorted((a, b) => a - b)).toEqual(mistakes.map((_mistake, n) => n))
})
