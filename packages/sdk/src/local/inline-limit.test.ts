import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'

const env = new TaskEnvironment({ name: 'limits' })

const write = env.task(
  { name: 'write', inputs: { size: z.int() }, output: z.string(), maxInlineIoBytes: 1000, retries: 2 },
  ({ size }) => 'x'.repeat(size),
)
const read = env.task(
  { name: 'read', inputs: { text: z.string() }, output: z.int(), maxInlineIoBytes: 1000 },
  ({ text }) => text.length,
)
const callsRead = env.task(
  { name: 'calls_read', inputs: { size: z.int(), limit: z.int() }, output: z.int() },
  ({ size, limit }) => read.override({ maxInlineIoBytes: limit })({ text: 'x'.repeat(size) }),
)

const breached = { name: 'TaskFailedError', code: 'InlineIOMaxBytesBreached' }

describe('the most that inputs and outputs may have', () => {
  test('lets through what is not more', async () => {
    expect(await (await run.local(write, { size: 900 })).outputs()).toHaveLength(900)
  })

  test('fails a task that returns more, once and for all', async () => {
    const handle = await run.local(write, { size: 1001 })
    await expect(handle.outputs()).rejects.toMatchObject(breached)
    await expect(handle.outputs()).rejects.toThrow(
      /^outputs of task limits\.write have \d+ bytes, more than .* of 1000/,
    )
    expect((await handle.wait()).attempts).toBe(1)
  })

  test('refuses inputs of a run that are more', async () => {
    await expect(run.local(read, { text: 'x'.repeat(1001) })).rejects.toThrow('inputs of task limits.read have')
  })

  test('is another one for a call, or none', async () => {
    const outputs = async (size: number, limit: number) => (await run.local(callsRead, { size, limit })).outputs()
    await expect(outputs(2000, 1500)).rejects.toMatchObject(breached)
    expect(await outputs(2000, 3000)).toBe(2000)
    expect(await outputs(2000, 0)).toBe(2000)
  })
})
