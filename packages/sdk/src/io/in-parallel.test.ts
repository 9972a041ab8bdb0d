import { expect, test } from 'vitest'
import { inParallel } from './in-parallel.ts'

test('what is being worked on ends before an error is passed on', async () => {
  const begun = Promise.withResolvers<void>()
  const ended: number[] = []
  async function* items() {
    yield 1
    await begun.promise
    throw new Error('no more items')
  }
  const work = async (item: number) => {
    begun.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    ended.push(item)
  }
  await expect(inParallel(items(), 2, work)).rejects.toThrow('no more items')
  expect(ended).toEqual([1])
})
