import { expect, test } from 'vitest'
import { parseCapacity, parseQueues, parseSize } from './parse-limits.ts'

test('queues are given one by one, or with commas between them', () => {
  const first = parseQueues('batch=2', undefined)
  expect(parseQueues('urgent=10:5, low=:-1,free', first)).toEqual({
    batch: { maxConcurrency: 2 },
    urgent: { maxConcurrency: 10, priority: 5 },
    low: { priority: -1 },
    free: {},
  })
})

test.each(['', '=2', 'batch=0', 'batch=two', 'batch=2:high', 'a b=1', 'batch=1,'])(
  'the queue %j is refused',
  (text) => {
    expect(() => parseQueues(text, undefined)).toThrow('NAME=LIMIT')
  },
)

test('capacity is given in quantities', () => {
  expect(parseCapacity('cpu=1500m,memory=2Gi, gpu=1')).toEqual({ cpu: 1.5, memoryBytes: 2 ** 31, gpu: 1 })
  expect(parseCapacity('gpu=2')).toEqual({ gpu: 2 })
})

test.each(['', 'cpu', 'cpu=', 'disk=1Gi', 'cpu=many', 'cpu=-1', 'cpu=1=2'])('the capacity %j is refused', (text) => {
  expect(() => parseCapacity(text)).toThrow()
})

test('a size is an amount of bytes', () => {
  expect(parseSize(' 2Gi')).toBe(2 * 1024 ** 3)
  expect(() => parseSize('2 apples')).toThrow('2 apples is not an amount')
})
