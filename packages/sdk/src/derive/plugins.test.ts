import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { createServer, defaultServerConditions } from 'vite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BundleError } from '../bundling/bundle-error.ts'
import { esbuild, rollup, vite } from '../build.ts'

vi.setConfig({ testTimeout: 120_000 })

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
let project: string

beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'tern-plugins-')))
  await mkdir(join(project, 'node_modules/@tern'), { recursive: true })
  // A project that has the SDK installed.
  for (const name of ['sdk', 'core', 'idl'])
    await symlink(join(repository, 'packages', name), join(project, 'node_modules/@tern', name))
  await writeFile(join(project, 'package.json'), '{ "name": "project", "type": "module" }')
  await writeFile(join(project, 'rows.ts'), 'export interface Row { name: string; count: number }')
  await writeFile(
    join(project, 'tasks.ts'),
    `import { run, TaskEnvironment } from '@tern/sdk'
import type { Row } from './rows.ts'

const env = new TaskEnvironment({ name: 'e' })
export const count = env.task(async function count(rows: Row[], start = 1): Promise<number> {
  return rows.reduce((sum, row) => sum + row.count, start)
})
export const twice = env.task(async (rows: Row[]) => 2 * (await count(rows)))
export const result = async () => (await run.local(twice, [[{ name: 'a', count: 2 }]])).outputs()
`,
  )
})

afterEach(() => rm(project, { recursive: true, force: true }))

interface Tasks {
  result(): Promise<number>
  count(rows: unknown): Promise<number>
}

function node(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return promisify(execFile)(process.execPath, ['-C', '@tern/source', ...args], { cwd: project })
}

test('vite', async () => {
  const conditions = ['@tern/source', ...defaultServerConditions]
  const server = await createServer({
    root: project,
    configFile: false,
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    plugins: [vite()],
  })
  try {
    const tasks = (await server.ssrLoadModule('/tasks.ts')) as Tasks
    expect(await tasks.result()).toBe(6)
    await expect(tasks.count([{ name: 'a' }])).rejects.toThrow('input rows of task e.count: expected list<Rows>')
  } finally {
    await server.close()
  }
})

test('esbuild', async () => {
  const outfile = join(project, 'out.mjs')
  await build({
    entryPoints: [join(project, 'tasks.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@tern/source'],
    // What only starts runs, and not what executes them.
    external: ['@tern/sdk/client', '@tern/sdk/bundle', '@duckdb/node-api', 'pg'],
    banner: {
      js: "import { createRequire as ternCreateRequire } from 'node:module'; const require = ternCreateRequire(import.meta.url);",
    },
    plugins: [esbuild()],
  })
  const { stdout } = await node('--eval', "import('./out.mjs').then(({ result }) => result()).then(console.log)")
  expect(stdout).toBe('6\n')
})

test('a bundler is told what is wrong, and where, and what to watch', async () => {
  const file = join(project, 'tasks.ts')
  const watched: string[] = []
  const plugin = rollup()
  const transform = (code: string, id: string) =>
    plugin.transform.call({ addWatchFile: (path) => void watched.push(path) }, code, id)
  const head = `import { TaskEnvironment } from '@tern/sdk'\nimport type { Row } from './rows.ts'\nconst env = new TaskEnvironment({ name: 'e' })\n`
  const good = transform(`${head}env.task(async function f(row: Row) {})`, `${file}?v=1`)
  expect(good?.code).toContain('__tern_derived({"format":1')
  expect(watched).toEqual([join(project, 'rows.ts')])

  const wrong = () => transform(`${head}env.task(async function f(row: Row, x: WeakMap<Row, Row>) {})`, file)
  expect(wrong).toThrow(BundleError)
  expect(wrong).toThrow(/tasks\.ts:4:37: parameter x of task f: the type WeakMap<Row, Row> has no wire form/)
  expect(wrong).toThrow(expect.objectContaining({ id: file, loc: { file, line: 4, column: 36 } }) as Error)

  expect(transform('const a = 1', file)).toBeUndefined()
  expect(transform(`${head}env.task(async function f() {})`, `${file}?raw`)).toBeUndefined()
  expect(transform('env.task(f)', join(project, 'node_modules/a/index.js'))).toBeUndefined()
})

test('Node, with the hook', async () => {
  await writeFile(join(project, 'main.ts'), "import { result } from './tasks.ts'\nconsole.log(await result())")
  const { stdout } = await node('--import', '@tern/sdk/register', 'main.ts')
  expect(stdout).toBe('6\n')
  await expect(node('main.ts')).rejects.toThrow('the interface of task e.')
  await writeFile(
    join(project, 'wrong.ts'),
    `import { TaskEnvironment } from '@tern/sdk'\nnew TaskEnvironment({ name: 'w' }).task(async function f(x: symbol) {})`,
  )
  await expect(node('--import', '@tern/sdk/register', 'wrong.ts')).rejects.toThrow(
    'wrong.ts:2:58: parameter x of task f: the type symbol has no wire form',
  )
})
