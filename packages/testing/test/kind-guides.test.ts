import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type AnyTask, configure, File, run } from '@tern/sdk'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createClient } from '@tern/sdk/client'
import { JobService } from './job-service.ts'

// The code of the guides does what they say: on a server, and in this process.

// Inside the repository, where the packages that the modules import are found.
const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))
let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>
beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'kind-guides-'))
  server = await startTestServer({ logger: pino({ level: 'silent' }) })
  configure({ endpoint: server.url })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function modulesIn<T>(guide: string): Promise<T[]> {
  const code = readFileSync(new URL(`../../../docs/${guide}.md`, import.meta.url), 'utf8')
  const modules = [...code.matchAll(/```ts\n(import[^]*?)```/g)].map(([, found]) => found!)
  return Promise.all(
    modules.map((found, index) => {
      const file = join(folder, `${guide}-${index}.ts`)
      writeFileSync(file, found)
      return import(/* @vite-ignore */ pathToFileURL(file).href) as Promise<T>
    }),
  )
}

describe.each(['remote', 'local'] as const)('docs/task-kinds.md, %s', (mode) => {
  const outputs = async (task: AnyTask | undefined, inputs: object = {}): Promise<unknown> =>
    (await run(task!, inputs as never, { mode })).outputs()

  test('has tasks of all kinds', async () => {
    const [scripts, containers, queries, requests, sensors, jobs, own] =
      await modulesIn<Record<string, AnyTask>>('task-kinds')
    const file = File.fromText('to be or not to be, perhaps')
    const { words } = (await outputs(scripts!['longest'], { text: file, count: 2 })) as { words: string[] }
    expect(words).toEqual(['perhaps', 'not'])
    expect(await outputs(scripts!['greet'], { name: '$(id)' })).toBe('Hello, $(id)')
    expect(await outputs(containers!['checksum'], { data: file, field: 2 })).toBe(27)
    expect(await outputs(queries!['main'])).toBe('Oslo 5; Rome 4')
    expect(await outputs(own!['next'], { from: 1 })).toEqual({ value: 3, attempt: 1 })
    const { phase, error } = await (await run(own!['job']!, {}, { mode })).wait()
    expect(phase).toBe('FAILED')
    expect(error?.message).toMatch(mode === 'local' ? /executed by a server/ : /spark/)

    const shop = createServer((request, answer) => void serve(request, answer))
    const serve = async (request: IncomingMessage, answer: ServerResponse) => {
      const { authorization } = request.headers
      const body = JSON.parse(await text(request)) as object
      const isFine = authorization === 'Bearer sesame' && request.url === '/customers/Ada%20L/orders'
      answer.end(JSON.stringify({ id: isFine ? Object.values(body).flat().length : 0 }))
    }
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
    const { port } = shop.address() as AddressInfo
    vi.stubEnv('SHOP_TOKEN', 'sesame')
    if (mode === 'remote')
      await createClient({ endpoint: server.url }).secrets.create({ name: 'shop-token', value: 'sesame', scope: {} })
    expect(await outputs(requests!['order'], { port, customer: 'Ada L', items: ['pen', 'ink'] })).toEqual({ id: 3 })
    vi.unstubAllEnvs()
    shop.closeAllConnections()
    shop.close()

    const farm = await JobService.start()
    farm.outcome = () => ({ phase: 'succeeded', outputs: { accuracy: 0.9 } })
    const path = join(folder, `exported-${mode}.csv`)
    writeFileSync(path, 'a\nb\nc')
    expect(await outputs(sensors!['nightly'], { path })).toBe(3)
    expect(await outputs(sensors!['up'], { url: farm.url })).toBeUndefined()
    expect(await outputs(jobs!['train'], { farm: farm.url, model: 'm' })).toEqual({ accuracy: 0.9 })
    expect(await outputs(jobs!['ping'], { farm: farm.url })).toBe(4)
    await farm.stop()
  })
})

test('docs/client.md starts runs, recovers and answers them', async () => {
  vi.stubEnv('TERN_ENDPOINT', server.url)
  vi.spyOn(console, 'log').mockImplementation(() => {})
  const tasks = join(folder, 'tasks.ts')
  writeFileSync(
    tasks,
    `import { existsSync, writeFileSync } from 'node:fs'
     import { condition, TaskEnvironment } from '@tern/sdk'
     import { z } from 'zod'
     const training = new TaskEnvironment({ name: 'training' })
     const tried = ${JSON.stringify(join(folder, 'tried'))}
     export const train = training.task({ name: 'train', inputs: { epochs: z.int() }, output: z.string() }, ({ epochs }) => {
       if (epochs > 3 && !existsSync(tried)) {
         writeFileSync(tried, '')
         throw new Error('too many')
       }
       return epochs + ' epochs'
     })
     const adding = new TaskEnvironment({ name: 'adding' })
     export const add = adding.task({ name: 'add', inputs: { x: z.int(), y: z.int() }, output: z.int() }, ({ x, y }) => x + y)
     export const asks = adding.task({ name: 'asks', output: z.boolean() }, () =>
       condition({ name: 'go', type: 'boolean', prompt: 'Go?' }))`,
  )
  const client = createClient()
  type Guide = Record<string, (...args: unknown[]) => Promise<unknown>>
  const [first, second, third] = await modulesIn<Guide>('client')
  expect(await third!['deploy']!(tasks)).toEqual([
    'training.train deployed',
    'adding.add deployed',
    'adding.asks deployed',
  ])
  expect(await first!['train']!(3)).toBe('3 epochs')
  await expect(first!['train']!(4)).rejects.toThrow('too many')
  const [recovered] = (await first!['recoverFailures']!()) as string[]
  expect(await client.runs.get(recovered!).outputs()).toBe('4 epochs')
  expect(await second!['sum']!(20, 22)).toBe(42)
  const asking = await client.runs.start('adding.asks')
  await expect.poll(async () => (await client.conditions.list(asking.name).next()).value?.name).toBe('go')
  await first!['approveAll']!(asking.name)
  expect(await asking.outputs()).toBe(true)
  vi.unstubAllEnvs()
})
