import { run } from '@tern/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { main } from '../approval.ts'
import { type ExampleServer, startExampleServer } from './server.ts'

const file = 'examples/approval.ts'

let server: ExampleServer
beforeAll(async () => {
  server = await startExampleServer()
})
afterAll(() => server.stop())

async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await server.tern(...args, '-o', 'json')
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

/** Starts a run, gives its condition an answer when it asks, and waits for its end. */
async function answered(value: string): Promise<{ name: string; outputs: Record<string, unknown> }> {
  const { name } = await json<{ name: string }>('run', file, 'main', '--grace', '10ms')
  await expect.poll(async () => (await json<unknown[]>('get', 'condition', name)).length, { interval: 400 }).toBe(1)
  await json('signal', 'condition', name, 'release', value)
  await expect
    .poll(async () => (await json<{ phase: string }>('get', 'run', name)).phase, { interval: 400 })
    .toBe('SUCCEEDED')
  const { outputs } = await json<{ outputs: { o0: Record<string, unknown> } }>('get', 'io', name)
  return { name, outputs: outputs.o0 }
}

test('pays when somebody says so, and each payment is recorded', async () => {
  const { name, outputs } = await answered('true')
  expect(outputs).toMatchObject({ outcome: 'paid', payments: [{ amount: 42 }, { amount: 120.5 }, { amount: 1980 }] })
  const actions = await json<{ type: string; phase: string }[]>('get', 'action', name)
  expect(actions.every(({ phase }) => phase === 'SUCCEEDED')).toBe(true)
  expect(actions).toHaveLength(1 + 1 + 1 + 1 + 3 * 3)
})

test('pays nothing when somebody says no, or nobody says anything', async () => {
  expect((await answered('false')).outputs).toEqual({ outcome: 'refused', payments: [] })
  const silent = await server.run<{ o0: unknown }>(file, '--patience', '50ms')
  expect(silent.outputs.o0).toEqual({ outcome: 'nobody answered', payments: [] })
})

test('asks in this process too', async () => {
  const asked: string[] = []
  const handle = await run.local(
    main,
    { grace: '1ms' },
    {
      answerCondition: ({ prompt }) => {
        asked.push(prompt)
        return true
      },
    },
  )
  const { outcome, payments } = await handle.outputs()
  expect(asked).toEqual(['Pay **2142.50** for 3 invoices?'])
  expect(outcome).toBe('paid')
  expect(payments.map(({ invoice }) => invoice)).toEqual(['C-33', 'A-17', 'B-04'])
})
