import { create } from '@bufbuild/protobuf'
import { systemClock } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { ActionType } from '@tern/idl/workflow'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { ActionRecord, EngineBatch } from '../store/engine-store.ts'
import { aRunRecord } from '../store/test/records.ts'
import { type Batch, Committer } from './committer.ts'
import { ActionEntry, RunEntry } from './entries.ts'
import { toTaskPolicy } from './task-policy.ts'
import { aSpec } from './test/fixtures.ts'
import { MemoryStore } from './test/memory-store.ts'

interface SentBatch {
  /** Names and phases, as they were when the batch was sent. */
  readonly created: ReadonlyArray<string>
  readonly changed: ReadonlyArray<string>
  succeed(refused?: ReadonlyArray<ActionRecord>): void
  fail(error: Error): void
}

const broken = new Error('the connection was lost')

/** A store that answers when the test says so. */
class SlowStore extends MemoryStore {
  readonly sent: SentBatch[] = []

  override commit(batch: EngineBatch): Promise<ReadonlyArray<ActionRecord>> {
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyArray<ActionRecord>>()
    const created = batch.created.map(describeAction)
    const changed = batch.changed.map(describeAction)
    this.sent.push({ created, changed, succeed: (refused = []) => resolve(refused), fail: reject })
    return promise
  }

  override isTransient(error: unknown): boolean {
    return error === broken
  }
}

function describeAction({ name, state }: ActionRecord): string {
  return `${name} ${Object.entries(ActionPhase).find(([, phase]) => phase === state.phase)?.[0]}`
}

const run = new RunEntry(aRunRecord({ id: 1, name: 'r1' }), create(RunSpecSchema), 0)
const record = aSpec('env.task')
const spec = { record, policy: toTaskPolicy(record) }

function anEntry(name: string): ActionEntry {
  const values = { group: '', inputs: { bytes: new Uint8Array() }, cacheKey: '', queue: '', isExternal: false }
  return new ActionEntry({ run, seq: 1, name, parent: null, actionType: ActionType.TASK, spec, at: 1, ...values })
}

function start(store: MemoryStore = new SlowStore()) {
  const flushes: { readonly flush: () => void; readonly delayMs: number }[] = []
  const committed: Batch[] = []
  const fatal: unknown[] = []
  const committer = new Committer({
    store,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    defer: (flush, delayMs) => flushes.push({ flush, delayMs }),
    onFatal: (error) => fatal.push(error),
    onCommitted: (batch) => committed.push(batch),
  })
  function move(entry: ActionEntry, phase: ActionPhase): void {
    entry.state = { ...entry.state, phase }
    committer.mark(entry)
  }
  /** Lets what was deferred happen, and what follows from answers. */
  async function flush(): Promise<void> {
    for (const deferred of flushes.splice(0)) deferred.flush()
    for (let i = 0; i < 5; i++) await Promise.resolve()
  }
  return { committer, store: store as SlowStore, flushes, committed, fatal, move, flush }
}

describe('while a commit is under way', () => {
  test('changes wait for the next, once each', async () => {
    const { committer, store, flush, move, flushes } = start()
    const entry = anEntry('a')
    committer.mark(entry)
    await flush()
    move(entry, ActionPhase.RUNNING)
    move(entry, ActionPhase.SUCCEEDED)
    await flush()
    expect(store.sent.map(({ created }) => created)).toEqual([['a QUEUED']])
    expect(flushes).toEqual([])
    store.sent[0]?.succeed()
    await flush()
    await flush()
    expect(store.sent.map(({ created, changed }) => [created, changed])).toEqual([
      [['a QUEUED'], []],
      [[], ['a SUCCEEDED']],
    ])
  })

  test('nothing of it is acknowledged', async () => {
    const { committer, store, flush, committed } = start()
    let acknowledged = false
    void committer.committed().then(() => (acknowledged = true))
    await flush()
    expect([acknowledged, committed.length]).toEqual([false, 0])
    store.sent[0]?.succeed()
    await flush()
    expect([acknowledged, committed.length]).toEqual([true, 1])
  })

  test('it is waited for before the store is closed', async () => {
    const { committer, store, flush } = start()
    committer.mark(anEntry('a'))
    await flush()
    let drained = false
    void committer.drain().then(() => (drained = true))
    await flush()
    expect(drained).toBe(false)
    store.sent[0]?.succeed()
    await flush()
    expect(drained).toBe(true)
  })
})

describe('a commit that fails for the moment', () => {
  test('is made again after a delay that grows, together with what came since', async () => {
    const { committer, store, flush, flushes, move, committed } = start()
    const first = anEntry('a')
    committer.mark(first)
    await flush()
    move(first, ActionPhase.RUNNING)
    committer.mark(anEntry('b'))
    store.sent[0]?.fail(broken)
    await flush()
    expect(flushes.map(({ delayMs }) => delayMs)).toEqual([50])
    expect(committer.isHealthy).toBe(false)
    await flush()
    expect(store.sent[1]).toMatchObject({ created: ['a RUNNING', 'b QUEUED'], changed: ['a RUNNING'] })
    store.sent[1]?.fail(broken)
    await flush()
    expect(flushes.map(({ delayMs }) => delayMs)).toEqual([100])
    await flush()
    store.sent[2]?.succeed()
    await flush()
    expect(committer.isHealthy).toBe(true)
    expect(committed).toHaveLength(1)
    expect(committed[0]?.created.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('writes a changed action once, and everything that is due after it', async () => {
    const { committer, store, flush, move, committed } = start()
    const entry = anEntry('a')
    entry.stored = true
    move(entry, ActionPhase.RUNNING)
    await flush()
    move(entry, ActionPhase.SUCCEEDED)
    committer.batch.ended.push(entry)
    store.sent[0]?.fail(broken)
    await flush()
    await flush()
    expect(store.sent[1]?.changed).toEqual(['a SUCCEEDED'])
    store.sent[1]?.succeed()
    await flush()
    expect(committed[0]?.ended).toEqual([entry])
  })

  test('does not keep the server from stopping', async () => {
    const { committer, store, flush, flushes } = start()
    committer.mark(anEntry('a'))
    await flush()
    const drained = committer.drain()
    store.sent[0]?.fail(broken)
    await drained
    committer.stop()
    await flush()
    store.sent[1]?.fail(broken)
    await flush()
    expect(flushes).toEqual([])
  })
})

describe('a commit that fails for good', () => {
  test('is not made again', async () => {
    const { committer, store, flush, flushes, fatal } = start()
    const error = new Error('no such table')
    committer.mark(anEntry('a'))
    await flush()
    store.sent[0]?.fail(error)
    await flush()
    expect(fatal).toEqual([error])
    expect(flushes).toEqual([])
  })
})

test('a store that answers within the call has its effects within the call', () => {
  const { committer, flushes, committed } = start(new MemoryStore())
  committer.mark(anEntry('a'))
  flushes[0]?.flush()
  expect(committed).toHaveLength(1)
})
