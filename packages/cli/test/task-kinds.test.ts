import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FinishedRunView } from '../src/task-run/finished-run-view.ts'
import { InProcess } from './in-process.ts'

// Inside the repository, where the packages that the tasks import are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let cli: InProcess
let folder: string
let file: string
beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'cli-kinds-'))
  file = join(folder, 'kinds.ts')
  writeFileSync(
    file,
    `import { duckdb, httpTask, shellTask, sqlTask, TaskEnvironment } from '@tern/sdk'
     import { z } from 'zod'
     export const env = new TaskEnvironment({ name: 'kinds' })
     export const shout = shellTask(env, { name: 'shout', inputs: { text: z.string() }, output: z.string(),
       script: 'printf %s "$inputs_text" | tr a-z A-Z > "$output"' })
     export const squares = sqlTask(env, { name: 'squares', database: duckdb(), inputs: { n: z.int() }, output: z.array(z.int()),
       query: 'select i * i as square from range({{.inputs.n}}) t(i)' })
     export const ready = httpTask(env, { name: 'ready', url: '{{.inputs.server}}', inputs: { server: z.string() },
       outputs: { status: z.int() } })`,
  )
  cli = await InProcess.start()
})
afterAll(async () => {
  await cli.stop()
  rmSync(folder, { recursive: true, force: true })
})

const outputs = async (...args: readonly string[]) =>
  (await cli.json<FinishedRunView>(['run', ...args, '--follow'])).outputs

const text = `it's "$HOME"`
const cases: readonly (readonly [string, readonly string[], object])[] = [
  ['shout', ['--text', text], { o0: text.toUpperCase() }],
  ['squares', ['--n', '4'], { o0: [0, 1, 4, 9] }],
]

test.each(cases)('tern run FILE %s', async (task, args, expected) => {
  expect(await outputs(file, task, ...args)).toEqual(expected)
})

test.each(cases)('tern run FILE %s --local', async (task, args, expected) => {
  const { outputs } = await cli.json<FinishedRunView>(['run', file, task, ...args, '--local'])
  expect(outputs).toEqual(expected)
})

test('what is deployed is run by name', async () => {
  expect((await cli.tern(['deploy', file])).code).toBe(0)
  for (const [task, args, expected] of cases)
    expect(await outputs('--name', `kinds.${task}`, ...args)).toEqual(expected)
  expect(await outputs('--name', 'kinds.ready', '--server', `${cli.url}/healthz`)).toEqual({ status: 200 })
})
