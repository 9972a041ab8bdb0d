import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configure, run } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { hold, insistent, keys, nested, release, tell } from './resource-tasks.ts'

let folder: string
let server: ServerProcess
let client: TernClient

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-resources-'))
  const args = ['--capacity', 'cpu=1,memory=1Gi']
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), args, log: 'ignore' })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
  await client.secrets.create({ name: 'resource-key', value: 'hidden', scope: {} })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const phaseOf = async (name: string) => (await client.getRun(name)).action?.status?.phase

test.runIf(process.platform === 'linux')(
  'who used too much memory is told, and may be called again with more',
  async () => {
    expect(await (await run(insistent)).outputs()).toBe('OOMKilled user, then 300')
  },
)

test('tasks wait for what they ask of the machine', async () => {
  const file = join(folder, 'released')
  const first = await run(hold, { file })
  await expect.poll(() => phaseOf(first.name)).toBe(4)
  const second = await run(tell)
  await expect.poll(() => phaseOf(second.name)).toBe(2)
  const [attempt] = (await client.getAction(second.name)).attempts
  expect(attempt?.clusterEvents.map(({ message }) => message)).toEqual(['waiting for cpu: 1 asked, 0 of 1 free'])
  release(file)
  expect(await second.outputs()).toBe(await first.outputs())
})

test('tasks that wait for others hold nothing back', async () => {
  expect(await (await run(nested, { depth: 4 })).outputs()).toBe(4)
})

test('a secret is a file of the tasks that ask for one', async () => {
  expect(await (await run(keys)).outputs()).toEqual(['hidden true no variable', 'none'])
})
