import { createServer, request } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ActionPhase } from '@tern/idl/common'
import type { Action } from '@tern/idl/workflow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

let project: FlyteProject
beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python') })
}, 400_000)
afterAll(() => project?.stop())

async function actionsOf(run: string): Promise<ReadonlyArray<Action>> {
  const actions: Action[] = []
  for await (const action of project.client.listActions(run)) actions.push(action)
  return actions
}

const succeeded = (actions: ReadonlyArray<Action>) =>
  actions.filter(({ status }) => status?.phase === ActionPhase.SUCCEEDED)

test('a parent has a thousand children that sleep', async () => {
  const run = await project.run('wide.py', 'naps', '--n', '1000')
  expect(await project.outputOf(run)).toBe(1000)
  expect(succeeded(await actionsOf(run))).toHaveLength(1001)
})

test('a parent with 200 children goes on when the server is killed', { timeout: 400_000 }, async () => {
  await project.flyte('run', '--name', 'interrupted', 'wide.py', 'squares', '--n', '200')
  const finished = async () => succeeded(await actionsOf('interrupted')).map(({ id }) => id?.name ?? '')
  await expect.poll(async () => (await finished()).length, { timeout: 120_000 }).toBeGreaterThan(10)
  const before = new Set(await finished())
  await project.restartServer()
  expect(await project.outputOf('interrupted')).toBe((199 * 200 * 399) / 6)
  const actions = await actionsOf('interrupted')
  expect(succeeded(actions)).toHaveLength(201)
  for (const { id, status } of actions) if (before.has(id?.name ?? '')) expect(status?.attempts).toBe(1)
})

test('requests of the Python SDK are compressed, and understood', async () => {
  const encodings = new Map<string, string | undefined>()
  const proxy = createServer((incoming, response) => {
    const { url = '', method, headers } = incoming
    encodings.set(url.split('/').at(-1) ?? '', headers['content-encoding'] ?? headers['connect-content-encoding']?.[0])
    const outgoing = request(new URL(url, project.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  try {
    await project.configure(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
    const run = await project.run('wide.py', 'square', '--x', '12')
    expect(await project.outputOf(run)).toBe(144)
    expect(encodings.get('CreateRun')).toBe('gzip')
  } finally {
    await project.configure(project.url)
    proxy.closeAllConnections()
    proxy.close()
  }
})
