// Tasks that ask for a part of the machine, and for files.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { TaskEnvironment, TaskFailedError } from '@tern/sdk'
import { z } from 'zod'

const parents = new TaskEnvironment({ name: 'resources' })
const small = new TaskEnvironment({ name: 'resources-small', resources: { memory: '200Mi' } })

const numbers = { mebibytes: z.int(), seconds: z.int() }
const keep = small.task({ name: 'keep', inputs: numbers, output: z.int() }, async ({ mebibytes, seconds }) => {
  const kept = []
  for (let i = 0; i < mebibytes; i++) {
    kept.push(Buffer.alloc(2 ** 20, 1))
    if (i % 20 === 0) await delay(10)
  }
  await delay(1000 * seconds)
  return kept.length
})

/** Calls a task again with more memory when it had too little. */
export const insistent = parents.task({ name: 'insistent', output: z.string() }, async () => {
  try {
    // It is ended before, however seldom a busy machine looks at it.
    await keep({ mebibytes: 300, seconds: 600 })
    return 'enough at once'
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error
    const kept = await keep.override({ resources: { memory: '600Mi' } })({ mebibytes: 300, seconds: 2 })
    return `${error.code} ${error.kind}, then ${kept}`
  }
})

const hungry = new TaskEnvironment({ name: 'resources-hungry', resources: { cpu: 1 } })

/** Holds a processor until the file is there. */
export const hold = hungry.task({ name: 'hold', inputs: { file: z.string() }, output: z.int() }, async ({ file }) => {
  while (!existsSync(file)) await delay(20)
  return process.pid
})

/** Says who it is, at once. */
export const tell = hungry.task({ name: 'tell', output: z.int() }, () => process.pid)

/** Takes a processor, and calls another that does. */
export const nested = hungry.task({ name: 'nested', inputs: { depth: z.int() }, output: z.int() }, ({ depth }) =>
  depth === 0 ? Promise.resolve(0) : nestedAgain({ depth: depth - 1 }),
)

async function nestedAgain(inputs: { depth: number }): Promise<number> {
  return 1 + (await nested(inputs))
}

const keyed = new TaskEnvironment({
  name: 'resources-keyed',
  secrets: [
    { key: 'resource-key', mount: true },
    { key: 'resource-key', mount: '/etc/flyte/secrets', envVar: 'KEY_PATH' },
  ],
})

const readKey = keyed.task({ name: 'read-key', output: z.string() }, () => {
  const { RESOURCE_KEY_FILE = '', KEY_PATH = '', RESOURCE_KEY } = process.env
  return `${readFileSync(RESOURCE_KEY_FILE, 'utf8')} ${RESOURCE_KEY_FILE === KEY_PATH} ${RESOURCE_KEY ?? 'no variable'}`
})

const stranger = parents.task(
  { name: 'stranger', output: z.string() },
  () => process.env['RESOURCE_KEY_FILE'] ?? 'none',
)

/** What a task sees of a secret that is a file, and one that does not declare it. */
export const keys = parents.task({ name: 'keys', output: z.array(z.string()) }, async () => [
  await readKey(),
  await stranger(),
])

/** For tests: lets `hold` go on. */
export function release(file: string): void {
  writeFileSync(file, '')
}
