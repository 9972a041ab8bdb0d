import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { ServerStatusSchema, WaitReason } from '@tern/idl/status'
import { expect, test } from 'vitest'
import { mergeStatus } from './merge-status.ts'

function group(key: string, ...since: ReadonlyArray<number>) {
  return {
    key,
    reason: WaitReason.QUEUE,
    subject: 'gpu',
    count: since.length,
    oldestAt: timestampFromMs(Math.min(...since)),
    actions: since.map((ms) => ({ name: `at ${ms}`, since: timestampFromMs(ms) })),
  }
}

const one = create(ServerStatusSchema, {
  url: 'http://one',
  liveRuns: 2,
  busyActions: 3,
  waitingActions: 2,
  resources: [{ name: 'cpu', total: 4, used: 3, uses: [{ taskName: 'train', actions: 1, amount: 3 }] }],
  queues: [
    { name: 'gpu', limit: 1, busy: 1, waiting: 2 },
    { name: '', busy: 2 },
  ],
  waits: [group('queue:gpu', 10, 30)],
  pools: [{ environment: 'env' }],
})
const two = create(ServerStatusSchema, {
  url: 'http://two',
  liveRuns: 1,
  waitingActions: 4,
  resources: [
    {
      name: 'cpu',
      total: 8,
      used: 5,
      uses: [
        { taskName: 'train', actions: 1, amount: 1 },
        { taskName: 'clean', actions: 2, amount: 4.5 },
      ],
    },
  ],
  queues: [{ name: 'gpu', limit: 1, busy: 1, waiting: 1 }],
  waits: [group('queue:gpu', 20), group('signal', 5, 6, 7, 8)],
  moreGroups: 1,
  moreWaits: 7,
})
const away = create(ServerStatusSchema, { url: 'http://away', problem: 'no answer' })

test('what servers say is added up', () => {
  const whole = mergeStatus([one, two, away])
  expect(whole).toMatchObject({ runs: 3, busy: 3, waiting: 6, moreGroups: 1, moreWaits: 7 })
  expect(whole.resources).toEqual([
    expect.objectContaining({
      name: 'cpu',
      total: 12,
      used: 8,
      uses: [
        expect.objectContaining({ taskName: 'clean', amount: 4.5 }),
        expect.objectContaining({ taskName: 'train', actions: 2, amount: 4 }),
      ],
    }),
  ])
  expect(whole.queues).toEqual([
    { name: 'gpu', limit: 2, priority: 0, busy: 2, waiting: 3 },
    { name: '', limit: undefined, priority: 0, busy: 2, waiting: 0 },
  ])
  expect(whole.pools).toMatchObject([{ server: 'http://one' }])
})

test('the largest group comes first, and in each the one that waits the longest', () => {
  const { waits } = mergeStatus([one, two])
  expect(waits.map(({ key, count }) => [key, count])).toEqual([
    ['signal', 4],
    ['queue:gpu', 3],
  ])
  expect(waits[1]?.actions.map(({ name }) => name)).toEqual(['at 10', 'at 20', 'at 30'])
  expect(waits[1]?.oldestAt).toEqual(timestampFromMs(10))
})

test('where there is one server, nobody has to be told which', () => {
  expect(mergeStatus([one]).pools).toMatchObject([{ server: '' }])
})
