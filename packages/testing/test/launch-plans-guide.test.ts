import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { run } from '@tern/sdk'
import { definitionOf } from '@tern/sdk/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mockTask } from '@tern/testing'
import { type LaunchPlan, refLaunchPlan, type Workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

// The code of docs/launch-plans.md does what the guide says.

const guide = readFileSync(new URL('../../../docs/launch-plans.md', import.meta.url), 'utf8')
const modules = [...guide.matchAll(/```ts\n(import[^]*?)```/g)].map(([, code]) => code ?? '')

// Inside the repository, where the packages that the modules import are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let folder: string
beforeAll(() => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'launch-plans-guide-'))
  for (const [index, name] of ['report', 'launching', 'month'].entries()) {
    writeFileSync(join(folder, `${name}.ts`), modules[index] ?? '')
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, `${name}.ts`)).href)
const day = new Date('2026-01-31T00:00:00Z')

test('the plan has the inputs that the guide names, and runs', async () => {
  expect(modules).toHaveLength(3)
  const { nightly, report } = (await load('report')) as { nightly: LaunchPlan; report: Workflow }
  expect(definitionOf(nightly).interface.inputs.map(({ name }) => name)).toEqual(['day', 'title'])
  expect(await nightly({ day })).toBe('Sales of the day: 600')
  expect(await (await run.local(nightly, { day, title: 'Mine' })).outputs()).toBe('Mine: 600')
  const asia = nightly.with({ name: 'sales-asia', fixed: { region: 'asia' } } as never)
  expect(await asia({ day } as never)).toBe('Sales of the day: 400')
  expect(report.defaultLaunchPlan.name).toBe('sales.report')
})

test('it is a node, an item, and made up for', async () => {
  const { month, january } = (await load('month')) as Record<string, Workflow<Record<string, unknown>, string[]>>
  expect(january!.compile().message.graph?.nodes).toHaveLength(31)
  const entities = month!.compile().message.entities.map(({ kind }) => kind)
  expect(entities).toMatchObject([
    { case: 'launchPlan', value: { name: 'sales-nightly', project: '' } },
    { case: 'launchPlan', value: { name: 'archive', project: 'records' } },
  ])
  // Mocks go by names, and the guide's own is in its module.
  const archived = mockTask(refLaunchPlan({ name: 'archive' }, { inputs: { text: z.string() } }), () => {})
  expect(await month!.run({ days: [day, day], last: day })).toEqual(['Sales of the day: 600', 'Sales of the day: 600'])
  archived.restore()
  expect(archived.calls).toEqual([[{ text: 'The last day: 600' }, expect.anything()]])
})

test('what launches it has the types of the plan', async () => {
  expect(Object.keys(await load('launching'))).toEqual(['launchAll'])
})
