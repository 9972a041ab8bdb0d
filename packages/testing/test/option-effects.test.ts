import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configure, run } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { colored, coloring, hurry, observe, resuming, telling, untold, widen } from './option-tasks.ts'

let folder: string
let server: ServerProcess
let client: TernClient

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-options-'))
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), log: 'ignore' })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
  await client.secrets.create({ name: 'options-key', value: 'hidden', scope: {} })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** The report of a run's first attempt. */
async function reportOf(name: string): Promise<string> {
  const { org, project, domain } = client.configuration
  const actionId = { name: 'a0', run: { org, project, domain, name } }
  const response = await fetch(`${server.url}/flyteidl2.dataproxy.DataProxyService/CreateDownloadLink`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ artifactType: 'ARTIFACT_TYPE_REPORT', actionAttemptId: { actionId, attempt: 1 } }),
  })
  const answer = (await response.json()) as { preSignedUrls?: { signedUrl: string[] } }
  const [url] = answer.preSignedUrls?.signedUrl ?? []
  if (url === undefined) throw new Error(`there is no report: ${JSON.stringify(answer)}`)
  return (await fetch(url)).text()
}

test('variables, secrets and processes are those of the environment, or of the call', async () => {
  const seen = await (await run(observe)).outputs()
  expect(seen['first']).toMatchObject({ color: 'red', secret: 'hidden' })
  expect(seen['second']).toEqual(seen['first'])
  expect(seen['apart']).toMatchObject({ color: 'blue', secret: 'none' })
  expect(seen['apart']?.pid).not.toBe(seen['first']?.pid)
  expect(seen['plain']).toMatchObject({ color: 'none', secret: 'none' })
  expect(seen['pod']).toMatchObject({ color: 'green', secret: 'none' })
})

test('what an attempt saves is there for the next one, though its process is lost', async () => {
  expect(await (await run(resuming)).outputs()).toEqual(['half', 'most', 'all'])
})

test('a call has less time than its task', async () => {
  expect(await (await run(hurry)).outputs()).toBe('TaskTimeoutError')
})

test('outputs are limited where the task, or the call, says so', async () => {
  const breached = 'InlineIOMaxBytesBreached'
  expect(await (await run(widen)).outputs()).toEqual([breached, '2001', breached])
})

test('an image has one name, whoever calls the task, and its variables are there', async () => {
  const imageOf = async (name: string, action: string): Promise<string | undefined> => {
    const { spec } = await client.getAction(name, action)
    const target = spec.case === 'task' ? spec.value.taskTemplate?.target : undefined
    return target?.case === 'container' ? target.value.image : undefined
  }
  const direct = await run(colored)
  expect(await direct.outputs()).toBe('violet own')
  const called = await run(coloring)
  expect(await called.outputs()).toBe('violet own')
  const children: string[] = []
  for await (const { id } of client.listActions(called.name)) if (id?.name !== 'a0') children.push(id?.name ?? '')
  const image = await imageOf(direct.name, 'a0')
  expect(image).toMatch(/^registry\.test\/options-image:[0-9a-f]{16}$/)
  expect(await imageOf(called.name, children[0] ?? '')).toBe(image)
})

describe('a report', () => {
  test.each([false, true])('is there, and so is a link, when the task fails: %s', async (fails) => {
    const handle = await run(telling, { fails })
    expect(await handle.wait()).toMatchObject({ phase: fails ? 'FAILED' : 'SUCCEEDED' })
    const [attempt] = (await client.getAction(handle.name)).attempts
    const { project } = client.configuration
    expect(attempt?.logInfo).toMatchObject([
      { name: 'board', uri: `https://board.test/${project}/${handle.name}/a0/1?{{.other}}` },
    ])
    const html = await reportOf(handle.name)
    expect(html).toContain('<p>a &lt; b</p>')
    expect(html).toContain('<tr><td>1</td><td>&lt;b&gt;</td></tr>')
    expect(html).toMatch(/>main<\/label>[^]*>more<\/label>[^]*<b>bold<\/b>/)
  })

  test('needs to be declared', async () => {
    const handle = await run(untold)
    expect((await handle.wait()).error?.message).toContain('task options-plain.untold has no report')
  })
})
