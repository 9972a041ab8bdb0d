import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toBinary } from '@bufbuild/protobuf'
import { literalTypes, toInputs, typedInterface } from '@tern/core'
import { InputsSchema } from '@tern/idl/task'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { run } from '../authoring/run.ts'
import type { AnyTask } from '../authoring/task.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { BundleError } from './bundle-error.ts'
import { bundleFile } from './bundle-file.ts'
import { loadBundle } from './load-bundle.ts'
import { taskSpecOf } from './task-spec-of.ts'

// Inside the repository, where the packages that modules import are found.
const cache = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url))
// Some bundle several times, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let project: string

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'tern-bundling-'))
})

afterEach(() => rm(project, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(join(project, path)), { recursive: true })
  await writeFile(join(project, path), text)
  return path
}

async function bundle(path: string) {
  return bundleFile(path, { workingDirectory: project })
}

/** The error of bundling, or of loading what was bundled. */
async function problemOf(path: string): Promise<BundleError> {
  const error: unknown = await bundle(path)
    .then(loadBundle)
    .catch((thrown: unknown) => thrown)
  if (error instanceof BundleError) return error
  throw new Error(`no BundleError: ${String(error)}`)
}

const task = `
import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
export const env = new TaskEnvironment({ name: 'e' })
export const main = env.task({ name: 'main', inputs: { x: z.int() }, output: z.int() }, ({ x }) => x + 1)
`

describe('a bundle', () => {
  test('Q-12, D-8: holds the tasks of its file, also without a project around it', async () => {
    const program = await loadBundle(await bundle(await write('main.ts', task)))
    expect([...program.tasks.keys()]).toEqual(['e.main'])
    expect([...program.exportedTasks.keys()]).toEqual(['main'])
    expect(program.exportedKinds).toEqual({ env: 'environment', main: 'task' })
    expect(program.environments.map(({ name }) => name)).toEqual(['e'])
  })

  test('is the same for the same code, wherever it lies', async () => {
    const first = await bundle(await write('a/main.ts', task))
    const elsewhere = await bundleFile(await write('b/main.ts', task), {
      workingDirectory: project,
      root: join(project, 'b'),
    })
    const again = await bundleFile('a/main.ts', { workingDirectory: project, root: join(project, 'a') })
    expect(elsewhere.digest).toBe(again.digest)
    expect(first.digest).toBe((await bundle('a/main.ts')).digest)
    expect(first.fileName).toBe(`${first.digest}.mjs`)
    expect(first.version).toBe(first.digest.slice(0, 16))
  })

  test('carries the text of its own files, and of no others', async () => {
    await write('shared.ts', 'export const name = "main" // theirs')
    const { bytes } = await bundle(
      await write('main.ts', `import { name } from './shared.ts'\n${task}\nexport { name }`),
    )
    const [, encoded = ''] =
      /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(Buffer.from(bytes).toString()) ?? []
    const map = JSON.parse(Buffer.from(encoded, 'base64').toString()) as {
      sources: string[]
      sourcesContent: unknown[]
    }
    const texts = new Map(map.sources.map((source, index) => [source, map.sourcesContent[index]]))
    expect(texts.get('shared.ts')).toBe('export const name = "main" // theirs')
    expect(texts.get('main.ts')).toContain(task)
    expect([...texts].filter(([source, text]) => text !== null && !/^(main|shared)\.ts$/.test(source))).toEqual([])
  })

  test('changes with the code', async () => {
    const before = await bundle(await write('main.ts', task))
    const after = await bundle(await write('main.ts', task.replace('x + 1', 'x + 2')))
    expect(after.digest).not.toBe(before.digest)
  })

  test('carries what the file imports: modules, JSON, and text files', async () => {
    await write('lib/double.ts', 'export const double = (x: number) => 2 * x')
    await write('config.json', '{ "offset": 3 }')
    await write('query.sql', 'select 1')
    await write(
      'main.ts',
      `import { double } from './lib/double.ts'
       import config from './config.json' with { type: 'json' }
       import query from './query.sql'
       ${task.replace('x + 1', 'double(x) + config.offset + query.length')}`,
    )
    const program = await loadBundle(await bundle('main.ts'))
    const { inputs } = typedInterface({ inputs: { x: literalTypes.integer() } })
    const run = program.runLocal('e.main', toBinary(InputsSchema, toInputs({ x: 1 }, inputs)))
    expect(await run.outputs()).toBe(13)
    expect((await run.outputBytes()).length).toBeGreaterThan(0)
    expect(await run.wait()).toMatchObject({ phase: 'SUCCEEDED' })
  })

  test('lets CommonJS packages ask for the modules of Node', async () => {
    await write('node_modules/old/package.json', '{ "name": "old", "main": "index.js" }')
    await write('node_modules/old/index.js', 'module.exports = require("path").join("a", "b")')
    await write('main.ts', `import old from 'old'\n${task}\nexport const joined = old`)
    const program = await loadBundle(await bundle('main.ts'))
    expect(program.exportedKinds['joined']).toBe('string')
  })

  test('is not the main module, so that scripts do not start runs', async () => {
    const guard = `if (import.meta.main) throw new Error('started')`
    expect((await loadBundle(await bundle(await write('main.ts', `${task}\n${guard}`)))).tasks.size).toBe(1)
  })

  test("runs tasks with the bundle's own copy of the SDK, as child actions and with stacks of the project", async () => {
    await write(
      'src/main.ts',
      `${task}
export const outer = env.task({ name: 'outer', output: z.int() }, async () => main({ x: 1 }))
export const broken = env.task({ name: 'broken' }, async () => { await failing() })
export const failing = env.task({ name: 'failing' }, () => {
  throw new Error('boom')
})`,
    )
    const program = await loadBundle(await bundle('src/main.ts'))
    expect(await program.runLocal('e.outer', new Uint8Array()).outputs()).toBe(2)
    const error = await program
      .runLocal('e.broken', new Uint8Array())
      .outputs()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'TaskFailedError', message: 'boom' })
    expect((error as { cause?: unknown; remoteStack: string }).remoteStack).toContain('src/main.ts:')
    expect(await program.runLocal('e.broken', new Uint8Array()).wait()).toMatchObject({
      phase: 'FAILED',
      error: { message: 'boom', stack: expect.stringMatching(/at failing \(src\/main\.ts:\d+:\d+\)/) as string },
    })
    const { outer } = Object.fromEntries(program.exportedTasks)
    expect(await (await run.local(outer as AnyTask)).outputs()).toBe(2)
    expect(() => program.runLocal('e.none', new Uint8Array())).toThrow('the bundle has no task e.none')
  })
})

describe('a file that cannot be bundled', () => {
  test('because it does not exist', async () => {
    const error = await problemOf('nowhere.ts')
    expect(error.message).toBe('nowhere.ts does not exist')
    expect(error.hint).toBe(`Looked for ${join(project, 'nowhere.ts')}.`)
  })

  test('because it is a directory', async () => {
    await mkdir(join(project, 'src'))
    expect((await problemOf('src')).message).toBe('src is not a file')
  })

  test('because it does not compile: every problem with its place', async () => {
    const error = await problemOf(
      await write('src/bad.ts', `import a from './none.ts'\nimport b from 'nothing'\n${task}\nexport { a, b }`),
    )
    expect(error.message).toBe(
      'bad.ts does not compile:\n' +
        '  src/bad.ts:1:15: Could not resolve "./none.ts"\n' +
        '  src/bad.ts:2:15: Could not resolve "nothing"',
    )
    expect(error.problems[0]).toEqual({
      message: 'Could not resolve "./none.ts"',
      file: 'src/bad.ts',
      line: 1,
      column: 15,
    })
    expect((await problemOf(await write('worse.ts', 'const = 3'))).message).toContain(
      'worse.ts:1:7: Expected identifier',
    )
  })

  test('because it brings a native addon', async () => {
    await write('addon.node', '')
    const error = await problemOf(await write('main.ts', `import './addon.node'\n${task}`))
    expect(error.message).toContain('addon.node is a native addon, which a code bundle cannot carry')
  })

  test('because it fails while it is loaded', async () => {
    const error = await problemOf(
      await write('main.ts', `${task}\nfunction f() {\n  throw new TypeError('no')\n}\nf()`),
    )
    expect(error.message).toBe('main.ts failed while it was loaded: TypeError: no\n  at main.ts:8:9')
    expect((error.cause as Error).stack).toMatch(/at f \(main\.ts:8:9\)/)
  })

  test('because a task in it is wrong', async () => {
    const error = await problemOf(await write('main.ts', task.replace('x: z.int()', 'x: z.symbol()')))
    expect(error.message).toContain('task e.main: input x: a zod schema of kind "symbol" has no wire form')
    expect(error.message).toMatch(/\n  at main\.ts:\d+:\d+$/)
  })

  test('because two environments have one name', async () => {
    await write(
      'other.ts',
      `import { TaskEnvironment } from '@tern/sdk'\nexport const e = new TaskEnvironment({ name: 'e' })`,
    )
    const error = await problemOf(await write('main.ts', `${task}\nexport { e } from './other.ts'`))
    expect(error.message).toContain('there are two environments called e')
  })

  test('L-4: because two launch plans have one name', async () => {
    const plans = `import { launchPlan } from '@tern/sdk/workflows'
export const one = launchPlan(main, { name: 'nightly' })
export const two = launchPlan(main, { name: 'nightly', fixed: { x: 1 } })`
    const error = await problemOf(await write('main.ts', `${task}\n${plans}`))
    expect(error.message).toContain('there are two launch plans called nightly')
  })

  test('T-12: because it exports no task', async () => {
    expect((await problemOf(await write('empty.ts', 'const a = 1'))).message).toBe(
      'empty.ts exports no task: it exports nothing',
    )
    const hidden = await problemOf(await write('hidden.ts', task.replace('export const main', 'const main')))
    expect(hidden.message).toBe(
      'hidden.ts exports no task: it exports env (environment); it declares e.main without exporting them',
    )
  })

  test('because it starts a run while it is loaded', async () => {
    const text = `import { run } from '@tern/sdk'\n${task}\nawait run(main, { x: 1 })`
    const error = await problemOf(await write('main.ts', text))
    expect(error.message).toContain('run(e.main) was called while the file of the task was loaded')
  })
})

test('a task of a bundle is not called by tasks of another copy of the SDK', async () => {
  const { main } = Object.fromEntries((await loadBundle(await bundle(await write('main.ts', task)))).exportedTasks)
  const here = new TaskEnvironment({ name: 'here' }).task({ name: 'caller' }, async () => {
    await main?.({ x: 1 })
  })
  expect(await main?.({ x: 1 })).toBe(2)
  await expect((await run.local(here)).outputs()).rejects.toThrow('uses another copy of @tern/sdk')
})

test("a project's own packages come before the SDK's", async () => {
  await write('node_modules/zod/package.json', '{ "name": "zod", "main": "index.js", "type": "module" }')
  await write('node_modules/zod/index.js', 'export const z = { mine: true }')
  await write('main.ts', `import { z } from 'zod'\nexport const mine = z`)
  expect((await problemOf('main.ts')).message).toBe('main.ts exports no task: it exports mine (Object)')
  await symlink(join(project, 'main.ts'), join(project, 'link.ts'))
})

describe('the version of a task whose dependencies count', () => {
  const counting = (comment = '') => `${comment}
import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import { help } from './helper.ts'
const env = new TaskEnvironment({ name: 'e' })
export const all = env.task({ name: 'all', output: z.int(), cache: { dependencies: true } }, () => help())
export const own = env.task({ name: 'own', output: z.int(), cache: 'auto' }, () => help())
`
  const place = { org: 'tern', project: 'p', domain: 'd', version: 'v', bundleUri: '' }

  /** The versions that results of the two tasks are valid for. */
  async function versions(main: string, helper: string): Promise<[all: string, own: string]> {
    await write('helper.ts', helper)
    const { exportedTasks } = await loadBundle(await bundle(await write('main.ts', main)))
    const versionOf = (name: string) => taskSpecOf(exportedTasks.get(name)!, place).taskTemplate?.metadata
    expect([versionOf('all')?.discoverable, versionOf('own')?.discoverable]).toEqual([true, true])
    return [versionOf('all')?.discoveryVersion ?? '', versionOf('own')?.discoveryVersion ?? '']
  }

  test('changes with code that is imported, and not with comments and types', async () => {
    const before = await versions(counting(), 'export const help = () => 1')
    const same = await versions(counting('// a comment'), '/** One. */\nexport const help  = (): number => 1 // here')
    expect(same).toEqual(before)
    const after = await versions(counting(), 'export const help = () => 2')
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).toBe(before[1])
  })

  test('is the same where a run begins from the file itself', async () => {
    // Where tests run, the name of what is imported is another one.
    const main = counting().replaceAll('() => help()', '() => 1').replace('{ help } from ', '')
    const [all] = await versions(main, 'export const help = () => 1')
    const { codeHash } = await bundle('main.ts')
    await mkdir(cache, { recursive: true })
    const folder = await mkdtemp(join(cache, 'code-hash-'))
    try {
      await writeFile(join(folder, 'helper.ts'), 'export const help = () => 1')
      await writeFile(join(folder, 'main.ts'), main)
      const source = (await import(/* @vite-ignore */ join(folder, 'main.ts'))) as { readonly all: AnyTask }
      const alone = taskSpecOf(source.all, place).taskTemplate?.metadata
      expect(alone?.discoverable).toBe(false)
      expect(taskSpecOf(source.all, { ...place, codeHash }).taskTemplate?.metadata?.discoveryVersion).toBe(all)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test.each([{ dependencies: 'yes' as never }, { dependencies: true, version: '1' }])('refuses %o', (cache) => {
    const env = new TaskEnvironment({ name: 'e' })
    expect(() => env.task({ name: 'main', cache }, () => undefined)).toThrow(/task e\.main: cache/)
  })
})
