import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExampleServer, startExampleServer } from './server.ts'

const file = 'examples/hello.ts'

let server: ExampleServer
beforeAll(async () => {
  server = await startExampleServer()
})
afterAll(() => server.stop())

test('gives the mean of its predictions, each an action of its own', async () => {
  const run = await server.run<{ o0: number }>(file, '--numbers', '[1,2,3]')
  expect(run).toMatchObject({ phase: 'SUCCEEDED', outputs: { o0: 9 } })
  const actions = JSON.parse((await server.tern('get', 'action', run.name, '-o', 'json')).stdout)
  expect(actions.map(({ task }: { task: string }) => task)).toEqual(['hello.main', ...Array(3).fill('hello.predict')])
})

test('takes what it predicted before from the cache', async () => {
  await server.run(file, '--numbers', '[7]')
  const run = await server.run(file, '--numbers', '[7]')
  const actions = JSON.parse((await server.tern('get', 'action', run.name, '-o', 'json')).stdout)
  expect(actions[1]).toMatchObject({ task: 'hello.predict', phase: 'SUCCEEDED', cache: 'HIT' })
})
