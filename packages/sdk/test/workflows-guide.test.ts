import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { run } from '@tern/sdk'
import { BindError, type Workflow, workflow } from '@tern/sdk/workflows'
import { TaskEnvironment } from '@tern/sdk'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'

const guide = readFileSync(new URL('../../../docs/workflows.md', import.meta.url), 'utf8')
const modules = [...guide.matchAll(/```ts\n(import[^]*?)```/g)].map(([, code]) => code ?? '')

// Inside the repository, where the packages that the modules import are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let folder: string
beforeAll(() => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'workflows-guide-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type AnyWorkflow = Workflow<Record<string, unknown>, unknown>

async function load(index: number): Promise<Record<string, AnyWorkflow>> {
  const file = join(folder, `module-${index}.ts`)
  writeFileSync(file, modules[index] ?? '')
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, AnyWorkflow>
}

test('the first example', async () => {
  const { training } = await load(0)
  expect(await training!.run({ rows: 5000 })).toBe(0.9)
  expect(await training!.run({ rows: 50 })).toBe(0.3)
  await expect(training!.run({ rows: 5 })).rejects.toThrow('too few rows')
  expect(training!.compile().message.graph?.nodes.map(({ id }) => id)).toEqual(['n0', 'n1'])
})

test('order, options and failures', async () => {
  const { release } = await load(1)
  expect(release!.compile().message.graph?.nodes.map(({ id, upstream }) => [id, ...upstream])).toEqual([
    ['copy-a', 'n4'],
    ['copy-b', 'n4'],
    ['n2', 'copy-a', 'copy-b'],
    ['n3'],
    ['n4', 'n3'],
  ])
  expect(await release!.run({ version: 'v1' })).toBe('runs v1')
})

test('maps, dynamic tasks and gates', async () => {
  const { survey } = await load(2)
  const answerCondition = vi.fn(({ name }: { name: string }) => (name === 'unit' ? 'cm' : true))
  const handle = await run.local(survey!, { sites: ['ab', '', 'abcd'] }, { answerCondition })
  expect(await handle.outputs()).toEqual({ mean: 300, all: [2, 4] })
  expect(answerCondition.mock.calls.map(([{ name }]) => name)).toEqual(['unit', 'publish'])
})

test('graphs from data', async () => {
  const { made, january } = await load(3)
  expect(await made!.run({ n: 1 })).toEqual({ product: 42 })
  expect(january!.compile().message.graph?.nodes).toHaveLength(31)
  expect(modules).toHaveLength(4)
})

test('the message of the guide is what one looks like', () => {
  const env = new TaskEnvironment({ name: 'training' })
  const load = env.task({ name: 'load', outputs: { rows: z.int() } }, () => ({ rows: 1 }))
  const train = env.task({ name: 'train', inputs: { path: z.string() } }, () => {})
  const wrong = workflow({ env, name: 'training' }, () => void train.node({ path: load.node().rows as never }))
  const [line = ''] = /^workflow training\.training, node n1.*$/m.exec(guide) ?? []
  expect(() => wrong.compile()).toThrow(BindError)
  expect(() => wrong.compile()).toThrow(line.replace(/ \(.*$/, ''))
})
