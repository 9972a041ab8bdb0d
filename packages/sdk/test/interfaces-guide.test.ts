import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, type Task } from '@tern/sdk'
import { bundleFile, type BundleProgram, loadBundle } from '@tern/sdk/bundle'
import { definitionOf } from '@tern/sdk/internal'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

// The code of docs/interfaces.md does what the guide says.

// The compiler takes a while on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const guide = readFileSync(new URL('../../../docs/interfaces.md', import.meta.url), 'utf8')
const [tasks = ''] = [...guide.matchAll(/```ts\n(import[^]*?)```/g)].map(([, code]) => code ?? '')
// Inside the repository, where the packages that the modules import are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let folder: string
let program: BundleProgram

beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'interfaces-'))
  program = await loadBundle(await bundleOf(tasks))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function bundleOf(text: string) {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  const file = join(folder, 'weather.ts')
  writeFileSync(file, text)
  return bundleFile(file, { workingDirectory: folder })
}

const readings = [
  { at: new Date('2026-01-31T06:00:00Z'), celsius: 1.5, sky: 'rain' },
  { at: new Date('2026-01-31T12:00:00Z'), celsius: 3 },
  { at: new Date('2026-02-01T12:00:00Z'), celsius: 4 },
]

test('its tasks have the inputs that it names, and run', async () => {
  const [means, warmest] = [program.exportedTasks.get('means')!, program.exportedTasks.get('warmest')!]
  const { interface: described, docs } = definitionOf(means)
  expect(docs).toEqual({ short: 'The mean temperature of each day.' })
  expect(
    described.inputs.map(({ name, label, description, fallback }) => [name, label, description, fallback?.value]),
  ).toEqual([
    ['digits', 'integer', 'to round to', 1],
    ['readings', 'list<Readings>', 'of one station', undefined],
  ])
  expect(await (await run.local(means as Task<unknown[], unknown>, [readings])).outputs()).toEqual({
    '2026-01-31': 2.3,
    '2026-02-01': 4,
  })
  const inputs = { stations: { a: readings, b: [] } }
  expect(await (await run.local(warmest as Task<[object], unknown>, inputs)).outputs()).toEqual({
    warmest: 4,
    attempt: 1,
  })
})

test('its error is the one that the command shows', async () => {
  const text = `import { TaskEnvironment } from '@tern/sdk'
const env = new TaskEnvironment({ name: 'e' })
${'\n'.repeat(8)}
export const load = env.task(async function load(rows: { pattern: RegExp }[]) {})`
  const shown = /error: (weather\.ts does not compile:\n.*)\n/.exec(guide)?.[1] ?? ''
  const error: unknown = await bundleOf(text).catch((thrown: unknown) => thrown)
  expect((error as Error).message.replace(/:\d+:\d+:/, ':')).toBe(shown.replace(/:\d+:\d+:/, ':'))
})
