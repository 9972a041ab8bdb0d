import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configure, run } from '@tern/sdk'
import { deployFile, deployPlan } from '@tern/sdk/bundle'
import { createClient, type TernClient } from '@tern/sdk/client'
import { launchPlan } from '@tern/sdk/workflows'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { both, far, graph, missing } from './other-project-tasks.ts'

let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>
let client: TernClient
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-other-project-'))
  server = await startTestServer({ dataDir: join(folder, 'data'), logger: pino({ level: 'silent' }) })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
  await client.projects.create({ id: 'elsewhere', name: 'elsewhere' })
  const there = createClient({ endpoint: server.url, project: 'elsewhere', domain: 'production' })
  await deployFile(there, fileURLToPath(new URL('./other-project-far.ts', import.meta.url)))
  await deployFile(client, fileURLToPath(new URL('./other-project-tasks.ts', import.meta.url)), {
    checkReferences: true,
  })
}, 120_000)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe('a task that is deployed in another project', { timeout: 120_000 }, () => {
  test('is called by tasks, beside one of the same name in their own', async () => {
    expect(await (await run(both)).outputs()).toEqual(['near 1', 'far 1', 'far 2'])
  })

  test('is called by nodes of workflows', async () => {
    expect(await (await run(graph, { n: 3 })).outputs()).toBe('far 3')
  })

  test('is run, in the project of the client', async () => {
    const handle = await run(far, { n: 4 })
    expect(await handle.outputs()).toBe('far 4')
    expect((await client.runs.get(handle.name).details()).phase).toBe('SUCCEEDED')
    expect(await (await run(far.override({ retries: 1 }), { n: 5 })).outputs()).toBe('far 5')
  })

  test('is launched by a plan', async () => {
    const plan = launchPlan(far, { name: 'of-elsewhere', fixed: { n: 6 }, autoActivate: true })
    await deployPlan(client, plan, 'v1')
    expect(await (await client.launch(plan)).outputs()).toBe('far 6')
  })

  test('that is not there fails with where it was looked for', async () => {
    await expect((await run(missing)).outputs()).rejects.toThrow(
      'task place.tell is not deployed in elsewhere/development',
    )
  })
})
