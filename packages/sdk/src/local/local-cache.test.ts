import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ctx, File, run, TaskEnvironment } from '@tern/sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { LocalCache } from './local-cache.ts'

const env = new TaskEnvironment({ name: 'local-cache' })

let folder: string
let cacheFile: string
let calls: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-local-cache-'))
  cacheFile = join(folder, 'below', 'cache.db')
  calls = 0
})
afterEach(() => {
  LocalCache.of(cacheFile).close()
  rmSync(folder, { recursive: true })
})

const counted = env.task(
  {
    name: 'counted',
    inputs: { x: z.int(), note: z.string() },
    output: z.string(),
    cache: { version: '1', ignoredInputs: 'note' },
  },
  ({ x, note }) => {
    calls += 1
    return `${x} ${note}`
  },
)

async function root(task: typeof counted, x: number, note: string, overwriteCache = false) {
  const handle = await run.local(task, { x, note }, { name: `r${note}`, overwriteCache, local: { cacheFile } })
  const value = await handle.outputs()
  const { cache, cacheSource } = handle.actions[0]!
  return { value, cache, cacheSource }
}

test('H-10: a result is computed once for the inputs that count, and says where it is from', async () => {
  expect(await root(counted, 1, 'first')).toEqual({ value: '1 first', cache: 'populated', cacheSource: undefined })
  const source = 'flytesnacks/development/rfirst/a0/1'
  expect(await root(counted, 1, 'second')).toEqual({ value: '1 first', cache: 'hit', cacheSource: source })
  expect(await root(counted, 2, 'third')).toMatchObject({ cache: 'populated' })
  expect(calls).toBe(2)
})

test('H-8: it is kept over processes, until it is forgotten', async () => {
  await root(counted, 1, 'first')
  LocalCache.of(cacheFile).close()
  expect(await root(counted, 1, 'second')).toMatchObject({ cache: 'hit' })
  expect(await LocalCache.of(cacheFile).clear()).toBe(1)
  expect(await root(counted, 1, 'third')).toMatchObject({ value: '1 third', cache: 'populated' })
})

test('H-3: it is computed again when that is asked for, and with another salt or version', async () => {
  await root(counted, 1, 'first')
  expect(await root(counted, 1, 'second', true)).toMatchObject({ value: '1 second', cache: 'populated' })
  expect(await root(counted, 1, 'third')).toMatchObject({ value: '1 second', cache: 'hit' })
  expect(await root(counted.override({ cache: { version: '2' } }), 1, 'fourth')).toMatchObject({ cache: 'populated' })
  expect(await root(counted.override({ cache: { salt: 'a' } }), 1, 'fifth')).toMatchObject({ cache: 'populated' })
  expect(await root(counted.override({ cache: { salt: 'b' } }), 1, 'fifth')).toMatchObject({ cache: 'populated' })
  expect(await root(counted.override({ cache: 'disable' }), 1, 'sixth')).toMatchObject({ cache: 'disabled' })
})

test('H-5: a failure is not kept', async () => {
  const failing = env.task({ name: 'failing', cache: 'auto' }, () => {
    calls += 1
    throw new Error('no')
  })
  for (const expected of [1, 2]) {
    const handle = await run.local(failing, {}, { local: { cacheFile } })
    await handle.wait()
    expect([calls, handle.actions[0]?.cache]).toEqual([expected, 'miss'])
  }
})

test('files that have vanished are made again', async () => {
  const write = env.task({ name: 'write', output: File.schema(), cache: 'auto' }, () => {
    calls += 1
    return File.fromText('hello', { name: 'a.txt' })
  })
  const file = async () => (await run.local(write, {}, { local: { cacheFile } })).outputs()
  const { uri } = await file()
  expect((await file()).uri).toBe(uri)
  rmSync(uri)
  expect(await (await file()).text()).toBe('hello')
  expect(calls).toBe(2)
})

test('H-4: of several with the same key one computes, also over runs; who is below another does not wait for it', async () => {
  const slow = env.task(
    {
      name: 'slow',
      inputs: { depth: z.int() },
      output: z.string(),
      cache: { version: '1', serialize: true, ignoredInputs: 'depth' },
    },
    async ({ depth }): Promise<string> => {
      calls += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
      return depth === 0 ? `${ctx()?.run.name}` : slow({ depth: depth - 1 })
    },
  )
  const runs = ['one', 'two', 'three'].map((name) => run.local(slow, { depth: 0 }, { name, local: { cacheFile } }))
  const values = await Promise.all((await Promise.all(runs)).map((handle) => handle.outputs()))
  expect(values).toEqual(['one', 'one', 'one'])
  expect(calls).toBe(1)
  await LocalCache.of(cacheFile).clear()
  expect(await (await run.local(slow, { depth: 1 }, { name: 'four', local: { cacheFile } })).outputs()).toBe('four')
})
