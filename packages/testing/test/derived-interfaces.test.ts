import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { toBinary } from '@bufbuild/protobuf'
import { CatalogCacheStatus } from '@tern/idl/core'
import { TaskSpecSchema } from '@tern/idl/task'
import { configure, run } from '@tern/sdk'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import { createClient, type TernClient } from '@tern/sdk/client'
import { ServerProcess } from '@tern/test-support/server-process'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { report as derivedReport } from './derived-tasks.ts'
import { report as explicitReport } from './explicit-tasks.ts'

// The command starts anew each time, and the compiler with it.
vi.setConfig({ testTimeout: 180_000 })

const command = fileURLToPath(new URL('../../cli/bin/tern.mjs', import.meta.url))
const here = (name: string) => join(import.meta.dirname, name)
const stations = {
  north: [
    { at: new Date('2026-01-01T00:00:00Z'), temperature: -3.5 },
    { at: new Date('2026-01-02T00:00:00Z'), temperature: 1.25, note: 'thaw' },
  ],
  south: [{ at: new Date('2026-01-01T00:00:00Z'), temperature: 12 }],
}
const lines = ['north 1.25 1.3C 34.3F', 'south 12 12.0C 53.6F']

let folder: string
let server: ServerProcess
let client: TernClient

beforeAll(async () => {
  // Inside the repository, where the packages that the tasks import are found; with a place of its own for what is remembered.
  const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'derived-'))
  mkdirSync(join(folder, 'src/node_modules'), { recursive: true })
  for (const name of ['derived-tasks.ts', 'derived-types.ts']) cpSync(here(name), join(folder, 'src', name))
  server = await ServerProcess.start({ dataDir: join(folder, 'data') })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Calls the built command. */
async function tern(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, TERN_ENDPOINT: server.url, TERN_LOCAL_DIR: join(folder, 'local') }
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...args], { cwd: join(folder, 'src'), env })
  return stdout
}

test('both styles are described alike', async () => {
  const location = { org: '', project: 'p', domain: 'd', version: '1', bundleUri: 'x' }
  const [ours, theirs] = await Promise.all(
    ['derived-tasks.ts', 'explicit-tasks.ts'].map(async (name) => {
      const { tasks } = await loadBundle(await bundleFile(here(name)))
      return [...tasks].map(([task, each]) => [task, Buffer.from(toBinary(TaskSpecSchema, taskSpecOf(each, location)))])
    }),
  )
  expect(ours).toEqual(theirs)
})

test('both styles make the same actions, and share what is cached', async () => {
  const actions = async (name: string) => {
    const found: { name: string; status: CatalogCacheStatus | undefined }[] = []
    for await (const { id, status } of client.listActions(name))
      found.push({ name: id?.name ?? '', status: status?.cacheStatus })
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }
  const first = await run(derivedReport, [stations])
  expect(await first.outputs()).toEqual(lines)
  const made = await actions(first.name)
  expect(made.length).toBeGreaterThan(6)

  // What the first one has computed is there for the second, which asks its server under the same keys.
  const again = await run(explicitReport, { stations })
  expect(await again.outputs()).toEqual(lines)
  expect((await actions(again.name)).map(({ status }) => status)).toEqual([CatalogCacheStatus.CACHE_HIT])
  const anew = await run(explicitReport, { stations }, { overwriteCache: true })
  expect(await anew.outputs()).toEqual(lines)
  expect((await actions(anew.name)).map(({ name }) => name)).toEqual(made.map(({ name }) => name))
})

test('the command runs and deploys them, here and there', async () => {
  const file = 'derived-tasks.ts'
  expect(await tern('run', file, 'highest', '--help')).toMatch(/--unit <C\|F> +of the result \(default "C"\)/)
  const inputs = ['--readings', '[{"at":"2026-01-01T00:00:00Z","temperature":10}]', '--unit', 'F']
  expect(await tern('run', '--local', file, 'highest', ...inputs)).toContain('o0: 50')
  expect(await tern('run', '--follow', file, 'highest', ...inputs)).toContain('o0: 50')
  const deployed = JSON.parse(await tern('deploy', file, '--version', 'v1', '-o', 'json')) as {
    tasks: { name: string }[]
  }
  expect(deployed.tasks.map(({ name }) => name).toSorted()).toEqual([
    'stations.describe',
    'stations.highest',
    'stations.report',
  ])
  const task = JSON.parse(await tern('get', 'task', 'stations.highest', '-o', 'json')) as object
  expect(JSON.stringify(task)).toContain('The highest temperature.')
})

test('the command reads types again only when they have changed', async () => {
  const file = 'derived-tasks.ts'
  await tern('run', file, '-o', 'json')
  const cache = join(folder, 'src/node_modules/.cache/tern/interfaces')
  const [entry = ''] = readdirSync(cache)
  const known = readFileSync(join(cache, entry), 'utf8')
  // Nobody else would say this.
  writeFileSync(join(cache, entry), known.replaceAll('of one station', 'as remembered'))
  expect(await tern('run', file, 'highest', '--help')).toContain('as remembered')

  const types = join(folder, 'src/derived-types.ts')
  writeFileSync(types, readFileSync(types, 'utf8').replace('readonly note?: string', 'readonly note: number'))
  expect(await tern('run', file, 'highest', '--help')).toContain('of one station')
})

test('the command names the type that has no wire form', async () => {
  writeFileSync(
    join(folder, 'src/wrong.ts'),
    `import { TaskEnvironment } from '@tern/sdk'
const env = new TaskEnvironment({ name: 'e' })
export const f = env.task(async function f(rows: { at: WeakRef<Date> }[]) {})`,
  )
  await expect(tern('run', 'wrong.ts', 'f')).rejects.toThrow(
    'wrong.ts:3:44: parameter rows[].at of task f: the type WeakRef<Date> has no wire form.',
  )
})
