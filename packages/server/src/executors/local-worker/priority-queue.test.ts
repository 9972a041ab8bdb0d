import { expect, test } from 'vitest'
import { PriorityQueue } from './priority-queue.ts'

function drain(queue: PriorityQueue<string>): string[] {
  return Array.from({ length: queue.length }, () => queue.shift()!)
}

test('higher priorities go first, whenever they come, and keys of one priority take turns', () => {
  const queue = new PriorityQueue<string>()
  queue.push(0, 1, 'a1')
  queue.push(0, 1, 'a2')
  queue.push(-3, 1, 'late')
  queue.push(0, 2, 'b1')
  queue.push(7, 1, 'urgent')
  expect(queue.length).toBe(5)
  expect(drain(queue)).toEqual(['urgent', 'a1', 'b1', 'a2', 'late'])
  expect([queue.length, queue.shift()]).toEqual([0, undefined])
  queue.push(0, 1, 'again')
  queue.push(7, 1, 'first')
  expect(drain(queue)).toEqual(['first', 'again'])
})
