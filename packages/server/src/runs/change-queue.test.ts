import { describe, expect, test } from 'vitest'
import { CommittedChanges } from '../engine/change-feed.ts'
import { ChangeQueue, pause } from './change-queue.ts'

function open(options: { readonly capacity?: number; readonly stop?: AbortController } = {}) {
  const feed = new CommittedChanges()
  const stop = options.stop ?? new AbortController()
  const queue = new ChangeQueue({
    feed,
    runId: 1,
    keyOf: (change) => (change.kind === 'action' ? change.seq : undefined),
    signal: stop.signal,
    ...(options.capacity === undefined ? {} : { capacity: options.capacity }),
  })
  const publish = (...seqs: number[]) => {
    for (const seq of seqs) feed.publish({ runId: 1, seq, kind: 'action' })
  }
  return { feed, queue, publish, stop }
}

describe('a queue of changes', () => {
  test('has each changed thing once', async () => {
    const { queue, publish } = open()
    publish(1, 2, 1, 1)
    expect(await queue.next()).toEqual({ kind: 'changed', keys: [1, 2] })
    publish(1)
    expect(await queue.next()).toEqual({ kind: 'changed', keys: [1] })
  })

  test('waits for what matters', async () => {
    const { feed, queue, publish } = open()
    const next = queue.next()
    feed.publish({ runId: 1, seq: 7, kind: 'log' })
    feed.publish({ runId: 2, seq: 8, kind: 'action' })
    publish(3)
    expect(await next).toEqual({ kind: 'changed', keys: [3] })
  })

  test('says when there was nothing for long enough', async () => {
    const { queue, publish } = open()
    expect(await queue.next(1)).toEqual({ kind: 'idle' })
    publish(1)
    expect(await queue.next(1)).toEqual({ kind: 'changed', keys: [1] })
  })

  test('holds no more than it may', async () => {
    const { queue, publish } = open({ capacity: 2 })
    publish(1, 2, 3, 4)
    expect(await queue.next()).toEqual({ kind: 'overflow' })
    publish(5)
    expect(await queue.next()).toEqual({ kind: 'changed', keys: [5] })
  })

  test('ends with its signal, whether or not it is waited for', async () => {
    const { queue, stop, publish } = open()
    const next = queue.next()
    stop.abort()
    expect(await next).toEqual({ kind: 'closed' })
    publish(1)
    expect(await queue.next()).toEqual({ kind: 'closed' })
    const late = open({ stop })
    expect(await late.queue.next()).toEqual({ kind: 'closed' })
  })
})

test('a pause ends early with its signal', async () => {
  const stop = new AbortController()
  const paused = pause(60_000, stop.signal)
  stop.abort()
  await paused
  await pause(60_000, stop.signal)
})
