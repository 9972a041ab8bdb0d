// A web page that talks to a server with nothing but the SDK's client.
import { createClient, type RunState } from '@tern/sdk/client'
import type { asks, stats } from '../client-tasks.ts'

interface Seen {
  readonly outputs: unknown
  readonly inputs: unknown
  readonly phases: string[]
  readonly lines: string[]
  readonly runs: string[]
  readonly answered: string
  readonly error: string
  readonly file: string
}

async function look(endpoint: string): Promise<Seen> {
  let asked = 0
  const client = createClient({ endpoint, token: async () => `page-${asked++}` })
  const handle = await client.runs.start<typeof stats>('client.stats', { numbers: [1, 2], label: 'ä€😀' })
  const states: RunState[] = []
  for await (const state of handle.watch()) states.push(state)
  const { sum, label, point } = await handle.outputs()
  const waits = await client.runs.start<typeof asks>('client.asks')
  for (const value of [true, 7]) {
    for (let isAnswered = false; !isAnswered; ) {
      for await (const { name } of client.conditions.list(waits.name)) {
        await client.conditions.signal(waits.name, name, value)
        isAnswered = true
      }
    }
  }
  const writes = await client.runs.start('client.writes')
  const { uri } = (await writes.outputs()) as { readonly uri: string }
  const lines: string[] = []
  const runs: string[] = []
  for await (const run of client.runs.list({ task: 'client.stats' })) runs.push(run.name)
  for await (const action of handle.actions()) {
    if (action.task !== 'client.double') continue
    for await (const { text } of handle.action(action.name).logs()) lines.push(text)
  }
  return {
    outputs: { sum, label, big: String(point.big), list: point.list },
    inputs: await handle.inputs(),
    phases: [...new Set(states.map(({ phase }) => phase))].slice(-1),
    lines: lines.sort(),
    runs: runs.filter((name) => name === handle.name),
    answered: await waits.outputs(),
    error: await client.runs.start('client.nothing').then(
      () => 'none',
      (error: Error) => error.name,
    ),
    file: await (await fetch(await writes.fileUrl(uri))).text(),
  }
}

/** How many runs there are more, after one was started. */
async function start(endpoint: string): Promise<number> {
  const client = createClient({ endpoint })
  const count = async () => {
    let runs = 0
    for await (const _ of client.runs.list({ task: 'client.stats' })) runs += 1
    return runs
  }
  const before = await count()
  const handle = await client.runs.start<typeof stats>('client.stats', { numbers: [1], label: 'once' })
  await handle.outputs()
  return (await count()) - before
}

Object.assign(globalThis, { look, start })
