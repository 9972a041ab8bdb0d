import { expect, test } from 'vitest'
import { untilQuiet } from './until-quiet.ts'

test('gives what is there of a stream that goes on', async () => {
  const { promise, reject } = Promise.withResolvers<void>()
  async function* lines() {
    yield 1
    yield 2
    await promise
  }
  const seen: number[] = []
  for await (const line of untilQuiet(lines(), { quietMs: 20, stop: () => reject(new Error('stopped')) }))
    seen.push(line)
  expect(seen).toEqual([1, 2])
})

test('ends with a stream that ends', async () => {
  async function* lines() {
    yield 1
  }
  const seen: number[] = []
  for await (const line of untilQuiet(lines(), { quietMs: 10_000, stop: () => undefined })) seen.push(line)
  expect(seen).toEqual([1])
})
