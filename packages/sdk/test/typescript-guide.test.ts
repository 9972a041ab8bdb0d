import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isTask, run, type Task } from '@tern/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'

const guide = readFileSync(new URL('../../../docs/typescript.md', import.meta.url), 'utf8')
const modules = [...guide.matchAll(/```ts\n(import[^]*?)```/g)].map(([, code]) => code!)

// Inside the repository, where the packages that the modules import are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let folder: string
beforeAll(() => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'sdk-guide-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function load(index: number): Promise<Record<string, Task<never, unknown>>> {
  const file = join(folder, `module-${index}.ts`)
  writeFileSync(file, modules[index]!)
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, Task<never, unknown>>
}

test('the modules of the guide declare what they say', async () => {
  const declared = await Promise.all(modules.map(async (_, index) => Object.values(await load(index))))
  const names = declared.map((values) =>
    values
      .filter(isTask)
      .map(({ name }) => name)
      .toSorted(),
  )
  expect(names).toEqual([
    ['training.main', 'training.train'],
    ['film.main', 'frames.render'],
    ['video.encode'],
    ['reporting.evaluate'],
    ['learning.learn'],
    ['reports.weekly'],
    ['nightly.load'],
  ])
})

test('its first one runs', async () => {
  const { main } = await load(0)
  expect(await (await run.local(main as unknown as Task<{}, number>)).outputs()).toBe(0.5)
})
