import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExampleServer, startExampleServer } from './server.ts'

const file = 'examples/etl-with-failure.ts'
const source = readFileSync(new URL('../etl-with-failure.ts', import.meta.url), 'utf8').split('\n')

let server: ExampleServer
beforeAll(async () => {
  server = await startExampleServer()
})
afterAll(() => server.stop())

interface Action {
  readonly name: string
  readonly task: string
  readonly phase: string
  readonly attempts: number
}

test('fails, and says which row is to blame', async () => {
  const { code, stderr } = await server.tern('run', '--follow', file, 'main')
  expect(code).toBe(1)
  expect(stderr).toContain('BadRowError: line 5, order 1004: amount "12.5O" is not a number')
})

test('fails in the row alone, without a retry, at a line of the file', async () => {
  const { name } = await server.run(file)
  const actions: Action[] = JSON.parse((await server.tern('get', 'action', name, '-o', 'json')).stdout)
  const failed = actions.filter(({ task, phase }) => task === 'etl.to-order' && phase === 'FAILED')
  expect(failed.map(({ attempts }) => attempts)).toEqual([1, 1])
  const details = await Promise.all(
    failed.map(async (action) =>
      JSON.parse((await server.tern('get', 'action', name, action.name, '-o', 'json')).stdout),
    ),
  )
  const message: string = details.map(({ error }) => error.message).find((text) => text.includes('order 1004'))
  const line = source.findIndex((text) => text.includes('is not a number')) + 1
  expect(message).toContain(`${file}:${line}:`)
})

test('leaves bad rows out when it is told to, and says which', async () => {
  const run = await server.run(file, '--on-bad-row', 'skip')
  expect(run.outputs).toEqual({
    o0: {
      orders: 5,
      total: 120.5 + 80 + 99.9 + 45.25 + 210,
      skipped: ['line 5, order 1004: amount "12.5O" is not a number', 'line 7, order 1006: customer is empty'],
    },
  })
  const { stdout } = await server.tern('get', 'logs', run.name)
  expect(stdout).toContain('left out line 7, order 1006: customer is empty')
})
