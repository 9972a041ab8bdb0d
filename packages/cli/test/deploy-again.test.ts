import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeployView } from '../src/deploy/deploy.ts'
import type { TriggerDetailsView } from '../src/views/trigger-view.ts'
import { InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'cli-deploy-'))
  cli = await InProcess.start()
})
afterAll(async () => {
  await cli.stop()
  rmSync(folder, { recursive: true, force: true })
})

// Inside the repository, where the packages that the task imports are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let folder: string

/** A file with one task, `etl.main`, whose inputs are written as given. */
function aFile(inputs: string): string {
  const file = join(folder, 'etl.ts')
  writeFileSync(
    file,
    `import { TaskEnvironment } from '@tern/sdk'
     import { z } from 'zod'
     export const env = new TaskEnvironment({ name: 'etl' })
     export const main = env.task({ name: 'main', inputs: { ${inputs} } }, () => undefined)`,
  )
  return file
}

const trigger = (name: string) => cli.json<TriggerDetailsView>(['get', 'trigger', 'etl.main', name])

test('a task that is deployed again keeps its triggers, unless they do not fit any more', async () => {
  await cli.tern(['deploy', aFile('n: z.int()'), '--version', 'v1'])
  const create = ['create', 'trigger', 'etl.main']
  expect(
    (await cli.tern([...create, 'hourly', '--schedule', '@hourly', '--input', 'n=1', '--label', 'a=b'])).code,
  ).toBe(0)
  expect((await cli.tern([...create, 'off', '--every', '5m', '--input', 'n=2', '--inactive'])).code).toBe(0)

  const again = await cli.json<DeployView>(['deploy', aFile('n: z.int(), m: z.int().default(7)'), '--version', 'v2'])
  expect(again.tasks.map(({ name, state, triggers }) => [name, state, triggers.toSorted()])).toEqual([
    ['etl.main', 'deployed', ['hourly', 'off']],
  ])
  expect(await trigger('hourly')).toMatchObject({
    active: true,
    taskVersion: 'v2',
    inputs: { n: 1 },
    labels: { a: 'b' },
    revision: 2,
  })
  expect(await trigger('off')).toMatchObject({ active: false, taskVersion: 'v2', inputs: { n: 2 } })

  const { code, stderr } = await cli.tern(['deploy', aFile('n: z.int(), day: z.date()'), '--version', 'v3'])
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /^warning: trigger hourly is off, since it does not fit this version: etl\.main needs --input day=/m,
  )
  expect(await trigger('hourly')).toMatchObject({ active: false, taskVersion: 'v3' })
  const update = ['update', 'trigger', 'etl.main', 'hourly']
  expect((await cli.tern([...update, '--kickoff-arg', 'day', '--activate'])).code).toBe(0)
  expect(await trigger('hourly')).toMatchObject({ active: true, inputs: { n: 1 }, schedule: { input: 'day' } })

  expect((await cli.tern(['deploy', aFile('n: z.string()'), '--version', 'v4'])).code).toBe(0)
  expect(await trigger('hourly')).toMatchObject({ active: false, taskVersion: 'v4', schedule: { input: null } })
})

test('triggers that are declared with a task are deployed with it, in place of those of their name', async () => {
  const file = (schedule: string) => {
    const path = join(folder, 'declared.ts')
    writeFileSync(
      path,
      `import { TaskEnvironment, triggerTime } from '@tern/sdk'
       import { z } from 'zod'
       export const env = new TaskEnvironment({ name: 'declared' })
       const triggers = { name: 'nightly', schedule: '${schedule}', inputs: { at: triggerTime, n: 2 }, labels: { a: 'b' } }
       export const main = env.task({ name: 'main', inputs: { at: z.date(), n: z.int() }, triggers }, () => undefined)`,
    )
    return path
  }
  const details = (name: string) => cli.json<TriggerDetailsView>(['get', 'trigger', 'declared.main', name])
  const first = await cli.json<DeployView>(['deploy', file('0 3 * * *'), '--version', 'v1'])
  expect(first.tasks[0]?.triggers).toEqual(['nightly'])
  expect(await details('nightly')).toMatchObject({
    active: true,
    inputs: { n: 2 },
    labels: { a: 'b' },
    schedule: { input: 'at' },
  })
  const byHand = ['create', 'trigger', 'declared.main', 'by-hand', '--every', '5m']
  expect((await cli.tern([...byHand, '--kickoff-arg', 'at', '--input', 'n=3'])).code).toBe(0)
  const second = await cli.json<DeployView>(['deploy', file('0 4 * * *'), '--version', 'v2'])
  expect(second.tasks[0]?.triggers.toSorted()).toEqual(['by-hand', 'nightly'])
  expect(await details('nightly')).toMatchObject({ taskVersion: 'v2', schedule: { cron: '0 4 * * *' } })
  expect(await details('by-hand')).toMatchObject({ taskVersion: 'v2', inputs: { n: 3 } })
})
