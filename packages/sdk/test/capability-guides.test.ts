import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { literalTypes, toLiteral } from '@tern/core'
import { run, type Task } from '@tern/sdk'
import { definitionOf, localFilesRoot } from '@tern/sdk/internal'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

// The code of the guides does what they say.

// Inside the repository, where the packages that the modules import are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let folder: string
beforeAll(() => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'guides-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type AnyTask = Task<Record<string, unknown>, unknown>

/** What the module in a guide exports. */
async function moduleIn(guide: string): Promise<Record<string, AnyTask>> {
  const text = readFileSync(new URL(`../../../docs/${guide}.md`, import.meta.url), 'utf8')
  const modules = [...text.matchAll(/```ts\n(import[^]*?)```/g)].map(([, code]) => code ?? '')
  expect(modules).toHaveLength(1)
  const file = join(folder, `${guide}.ts`)
  writeFileSync(file, modules[0] ?? '')
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, AnyTask>
}

async function outputsOf(task: AnyTask | undefined, inputs: Record<string, unknown> = {}): Promise<unknown> {
  return (await run.local(task!, inputs)).outputs()
}

test('calls', async () => {
  const { main, longest, quickest, trains } = await moduleIn('calls')
  expect(await outputsOf(main, { texts: ['a', 'bcd'] })).toBe('Scores: 1, 3')
  expect(await outputsOf(longest)).toBe(6)
  expect([3, 5]).toContain(await outputsOf(quickest))
  await expect(outputsOf(trains)).rejects.toThrow('task training.train is deployed on a server')
})

test('types', async () => {
  const { total } = await moduleIn('types')
  // The class is the module's own, so that values are made of what they are on the wire.
  const prices = definitionOf(total!).interface.inputs.find(({ name }) => name === 'prices')
  const given = prices?.codec.fromLiteral(toLiteral([1000, 999], literalTypes.list(literalTypes.integer())))
  expect(await outputsOf(total, { prices: given, discount: 0.5, invoice: 41n })).toEqual({
    sum: { cents: 1000 },
    invoice: 42n,
  })
})

test('context', async () => {
  const { main, train, load } = await moduleIn('context')
  expect(await outputsOf(main)).toEqual(['Hello', 'Hallo'])
  const lines: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(String(chunk))
    return true
  })
  try {
    expect(await outputsOf(train, { epochs: 2 })).toBe(0.25)
    expect(await outputsOf(load, { rows: [1, null, 2] })).toBe(2)
  } finally {
    vi.restoreAllMocks()
  }
  expect(lines).toEqual([
    'epoch 1: loss 0.5\n',
    'epoch 2: loss 0.25\n',
    'WARN  rows were left out  table=weather  dropped=1\n',
    'INFO  loaded  table=weather  rows=2\n',
  ])
})

test('reports', async () => {
  const { summary } = await moduleIn('reports')
  const days = [
    { day: new Date('2026-01-01'), rain: 2, sun: 3 },
    { day: new Date('2026-01-02'), rain: null, sun: 8 },
  ]
  const handle = await run.local(summary!, { days })
  await handle.outputs()
  const page = readFileSync(join(localFilesRoot(handle.name), 'a0-1', 'report.html'), 'utf8')
  rmSync(localFilesRoot(handle.name), { recursive: true })
  expect(page.match(/<svg/g)).toHaveLength(2)
  // In the time zone of this machine.
  expect(page).toContain(`The <b>sunniest</b> day: ${days[1]!.day.toDateString()}`)
})

test('environments', async () => {
  const { main } = await moduleIn('environments')
  expect(await outputsOf(main)).toEqual(['1 epochs on a small machine', '2 epochs on a large machine'])
})
