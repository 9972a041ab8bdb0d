import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bundleFile } from './bundle-file.ts'
import { launchedSpecOf } from './launched-spec.ts'
import { loadBundle } from './load-bundle.ts'

// The bundler takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-bundled-plans-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function load(...lines: readonly string[]) {
  const file = join(folder, 'tasks.ts')
  const head = [
    `import { TaskEnvironment } from '@tern/sdk'`,
    `import { launchPlan } from '@tern/sdk/workflows'`,
    `import { z } from 'zod'`,
    `const env = new TaskEnvironment({ name: 'bundled' })`,
    `export const task = env.task({ name: 'task', inputs: { n: z.int() } }, () => {})`,
  ]
  await writeFile(file, [...head, ...lines].join('\n'))
  return loadBundle(await bundleFile(file))
}

test('a bundle knows its launch plans, exported or not', async () => {
  const program = await load(
    `export const one = launchPlan(task, { name: 'first', fixed: { n: 1 }, labels: { a: 'b' } })`,
    `one.with({ name: 'second' })`,
  )
  expect([...program.launchPlans.keys()]).toEqual(['first', 'second'])
  expect([...program.exportedTasks.keys()]).toEqual(['one', 'task'])
  expect(program.exportedKinds).toMatchObject({ one: 'launch plan', task: 'task' })
  const location = { org: '', project: 'p', domain: 'd', version: 'v1', bundleUri: 's3://b' }
  expect(launchedSpecOf(program.launchPlans.get('first')!, location)).toMatchObject({
    task: { spec: { taskTemplate: { id: { name: 'bundled.task', version: 'v1' } } } },
    fixedInputs: [{ name: 'n' }],
    runSpec: { labels: { values: { a: 'b' } } },
  })
})

test('L-4: two launch plans of one name are refused', async () => {
  const loading = load(
    `export const one = launchPlan(task, { name: 'same' })`,
    `export const other = launchPlan(task, { name: 'same', fixed: { n: 1 } })`,
  )
  await expect(loading).rejects.toThrow('there are two launch plans called same')
})
