import { Code } from '@connectrpc/connect'
import { ActionPhase } from '@tern/idl/common'
import {
  TruncationNotice_Reason,
  type WatchWindowRequest,
  type WatchWindowedActionsRequest,
  type WatchWindowedActionsRequest_Subscribe,
  type WatchWindowedActionsResponse,
  type WindowedItem,
} from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { outputsOf, place } from '../test/fixtures.ts'
import { startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const { FAILED, QUEUED, RUNNING, SUCCEEDED } = ActionPhase

function idOf({ item }: WindowedItem): string {
  return item.case === 'group' ? item.value.id : (item.value?.action?.id?.name ?? '')
}

const idsOf = (items: ReadonlyArray<WindowedItem>): string[] => items.map(idOf)

eachTransport((transport) => {
  let runs: Clients['runs']
  let script: Script
  beforeAll(() => {
    runs = createClients(transport.connect(api.url)).runs
    script = new Script(api)
  })

  type Request = Exclude<Parameters<Clients['runs']['watchWindow']>[0], WatchWindowRequest>
  type Subscribe = Exclude<NonNullable<Request['subscribe']>, WatchWindowedActionsRequest_Subscribe>

  const all = { offset: 0, limit: 0 }

  /** Reads messages until one is as wanted, and returns that. */
  async function watchUntil(
    request: Request,
    isWanted: (message: WatchWindowedActionsResponse, index: number) => boolean | Promise<boolean>,
  ): Promise<WatchWindowedActionsResponse> {
    const stop = new AbortController()
    let wanted: WatchWindowedActionsResponse | undefined
    let index = 0
    try {
      for await (const message of runs.watchWindow(request, { signal: stop.signal })) {
        if (wanted !== undefined || !(await isWanted(message, index++))) continue
        wanted = message
        stop.abort()
      }
    } catch (error) {
      expect(error).toMatchObject({ code: Code.Canceled })
    }
    expect(wanted).toBeDefined()
    return wanted!
  }

  /** The first window of all there is. */
  function look(name: string, subscribe: Subscribe = {}, anchorFlatIndex?: bigint) {
    const request = { subscribe: { runId: { ...place, name }, ...subscribe } }
    return watchUntil(
      anchorFlatIndex === undefined ? request : { ...request, anchorFlatIndex },
      ({ hydrationComplete }) => hydrationComplete,
    )
  }

  /** `a0` has `c1`, which has `d1`, and two actions in the group `fold`; `c3` has failed. */
  async function startTree(): Promise<string> {
    const name = await startRun(runs)
    await script.begin(name, 'a0')
    await script.enqueue(name, 'a0', 'c1')
    await script.enqueue(name, 'a0', 'c2', 'fold')
    await script.enqueue(name, 'a0', 'c3', 'fold')
    await script.enqueue(name, 'c1', 'd1')
    await script.fail(name, 'c3', { code: 'RowError', message: 'bad', recoverable: false })
    return name
  }

  describe('WatchWindow', () => {
    test('shows what is expanded, with groups as rows of their own', async () => {
      const name = await startTree()
      const closed = await look(name)
      expect(idsOf(closed.windowItems)).toEqual(['a0'])
      expect(closed).toMatchObject({ totalFlatCount: 1n, selectedFlatIndex: -1n, initialSnapshotComplete: true })
      const open = await look(name, { expandedNodes: { a0: all, 'a0/fold': all, c1: all } })
      expect(idsOf(open.windowItems)).toEqual(['a0', 'c1', 'd1', 'a0/fold', 'c2', 'c3'])
      expect(open.windowItems.map(({ depth }) => depth)).toEqual([0, 1, 2, 1, 2, 2])
      expect(open.windowItems.map(({ isExpanded }) => isExpanded)).toEqual([true, true, false, true, false, false])
      expect(open.totalFlatCount).toBe(6n)
    })

    test('tells of each row what there is to show', async () => {
      const name = await startTree()
      const { windowItems } = await look(name, { expandedNodes: { a0: all } })
      expect(windowItems.map(({ item }) => item)).toMatchObject([
        {
          case: 'action',
          value: {
            action: { status: { phase: RUNNING }, metadata: { spec: { value: { shortName: 'main' } } } },
            childrenPhaseCounts: { [QUEUED]: 3, [FAILED]: 1 },
            meetsFilter: true,
          },
        },
        { case: 'action', value: { childrenPhaseCounts: { [QUEUED]: 1 } } },
        {
          case: 'group',
          value: {
            id: 'a0/fold',
            groupName: 'fold',
            parentId: 'a0',
            totalChildren: 2,
            childPhaseCounts: { [QUEUED]: 1, [FAILED]: 1 },
            aggregations: {
              failed: [{ actionId: 'c3', shortName: 'leaf', phase: FAILED }],
              longestDuration: [{ actionId: 'c3' }],
              longestRunning: [],
            },
          },
        },
      ])
    })

    test('cuts the window around a row, and says what is above it', async () => {
      const name = await startTree()
      const subscribe = { expandedNodes: { a0: all, 'a0/fold': all }, overscanBefore: 1, overscanAfter: 1 }
      const around = await look(name, subscribe, 3n)
      expect(idsOf(around.windowItems)).toEqual(['a0/fold', 'c2', 'c3'])
      expect(idsOf(around.ancestors)).toEqual(['a0'])
      const end = await look(name, { ...subscribe, overscanAfter: 0 }, 1000n)
      expect(idsOf(end.windowItems)).toEqual(['c2', 'c3'])
      expect(idsOf(end.ancestors)).toEqual(['a0', 'a0/fold'])
    })

    test('opens the tree to the selected row', async () => {
      const name = await startTree()
      const window = await look(name, { selectedItemId: 'd1', overscanBefore: 1 })
      expect(idsOf(window.windowItems)).toEqual(['c1', 'd1'])
      expect(window.selectedFlatIndex).toBe(2n)
      const group = await look(name, { selectedItemId: 'a0/fold' })
      expect(group.selectedFlatIndex).toBe(2n)
      const nothing = await look(name, { selectedItemId: 'nothing' })
      expect(nothing).toMatchObject({ selectedFlatIndex: -1n, totalFlatCount: 1n })
    })

    test('shows some of many children, and says how many there are', async () => {
      const name = await startTree()
      const window = await look(name, { expandedNodes: { a0: { offset: 1, limit: 1 } } })
      expect(idsOf(window.windowItems)).toEqual(['a0', 'a0/fold'])
      expect(window.truncations).toMatchObject([
        { reason: TruncationNotice_Reason.PARENT_CHILD_LIMIT, trackedActionCount: 1n, knownTotalActionCount: 2n },
      ])
    })

    test('shows what passes its filters, and what leads to it', async () => {
      const name = await startTree()
      expect(idsOf((await look(name, { phaseFilter: [FAILED] })).windowItems)).toEqual(['a0', 'a0/fold', 'c3'])
      const named = await look(name, { nameFilter: 'LEAF', phaseFilter: [QUEUED] })
      expect(idsOf(named.windowItems)).toEqual(['a0', 'c1', 'a0/fold', 'c2'])
      expect((await look(name, { nameFilter: 'no such' })).totalFlatCount).toBe(0n)
    })

    test('tells what changes, also of rows that are added, and ends with the run', async () => {
      const name = await startRun(runs)
      const request = { subscribe: { runId: { ...place, name }, expandedNodes: { a0: all } } }
      const totals: bigint[] = []
      let last: WatchWindowedActionsResponse | undefined
      for await (last of runs.watchWindow(request)) {
        totals.push(last.totalFlatCount)
        if (totals.length === 1) {
          await script.enqueue(name, 'a0', 'c1')
          await script.succeed(name, 'c1', outputsOf(1))
        }
        if (last.totalFlatCount === 2n && last.windowItems[1]?.item.value?.$typeName.endsWith('EnrichedAction')) {
          await runs.abortRun({ runId: { ...place, name } })
        }
      }
      expect(totals[0]).toBe(1n)
      expect(last?.windowItems.map(({ item }) => item)).toMatchObject([
        { value: { action: { status: { phase: ActionPhase.ABORTED } }, childrenPhaseCounts: { [SUCCEEDED]: 1 } } },
        { value: { action: { status: { phase: SUCCEEDED } } } },
      ])
    })

    // How a run is read does not depend on the transport.
    test.skipIf(transport.name !== 'gRPC, h2c')('reaches any row of a run that is read in pages', async () => {
      const name = await startRun(runs)
      await script.enqueueMany(name, 'a0', 2100)
      const window = await look(name, { expandedNodes: { a0: all }, overscanBefore: 2, overscanAfter: 2 }, 2050n)
      expect(window.totalFlatCount).toBe(2101n)
      expect(idsOf(window.windowItems)).toEqual(['m2047', 'm2048', 'm2049', 'm2050', 'm2051'])
      const selected = await look(name, { selectedItemId: 'm2099', overscanBefore: 1 })
      expect(idsOf(selected.windowItems)).toEqual(['m2098', 'm2099'])
    })

    test('refuses what cannot be', async () => {
      const runId = { ...place, name: await startRun(runs) }
      const watch = (subscribe: Subscribe) => drain(runs.watchWindow({ subscribe: { runId, ...subscribe } }))
      await expectRefused(watch({ overscanAfter: 1001 }), Code.InvalidArgument, 'overscan_after')
      await expectRefused(watch({ overscanBefore: -1 }), Code.InvalidArgument, 'overscan_before')
      const negative = { a0: { offset: -1, limit: 0 } }
      await expectRefused(watch({ expandedNodes: negative }), Code.InvalidArgument, 'expanded_nodes["a0"].offset')
      await expectRefused(watch({ runId: { ...place, name: 'nothing' } }), Code.NotFound, 'nothing')
      await expectRefused(drain(runs.watchWindow({ subscribe: {} })), Code.InvalidArgument, 'run_id')
      await expectRefused(drain(runs.watchWindow({})), Code.InvalidArgument, 'subscribe')
    })
  })

  // Only HTTP/2 can send and receive on one stream, and gRPC-Web has no such streams.
  describe.skipIf(!transport.name.endsWith('h2c') || transport.name.startsWith('gRPC-Web'))(
    'WatchWindowedActions',
    () => {
      type Message = Exclude<WatchWindowedActionsRequest['msg'], { case: undefined }>

      /** Requests that a test sends one after the other. */
      class Requests implements AsyncIterable<{ msg: Message }> {
        #waiting = Promise.withResolvers<{ msg: Message } | undefined>()
        #next = this.#waiting
        readonly #queue = [this.#waiting]

        send(msg: Message): void {
          this.#next.resolve({ msg })
          this.#next = Promise.withResolvers()
          this.#queue.push(this.#next)
        }

        end(): void {
          this.#next.resolve(undefined)
        }

        async *[Symbol.asyncIterator]() {
          for (let waiting = this.#queue.shift(); waiting !== undefined; waiting = this.#queue.shift()) {
            const request = await waiting.promise
            if (request === undefined) return
            yield request
          }
        }
      }

      const subscribeTo = (name: string): Message => ({
        case: 'subscribe',
        value: {
          $typeName: 'flyteidl2.workflow.WatchWindowedActionsRequest.Subscribe',
          runId: { $typeName: 'flyteidl2.common.RunIdentifier', org: '', ...place, name },
          selectedItemId: '',
          overscanBefore: 0,
          overscanAfter: 1,
          expandedNodes: { a0: { $typeName: 'flyteidl2.workflow.NodeExpansionParams', ...all } },
          phaseFilter: [],
          nameFilter: '',
        },
      })

      const moveTo = (anchorFlatIndex: bigint): Message => ({
        case: 'updateWindow',
        value: {
          $typeName: 'flyteidl2.workflow.WatchWindowedActionsRequest.UpdateWindow',
          windowAnchor: { case: 'anchorFlatIndex', value: anchorFlatIndex },
          overscanBefore: 0,
          overscanAfter: 1,
          expandedNodes: { a0: { $typeName: 'flyteidl2.workflow.NodeExpansionParams', ...all } },
          phaseFilter: [],
          nameFilter: '',
        },
      })

      test('moves the window on one stream, and ends when the client has no more to ask', async () => {
        const name = await startTree()
        const requests = new Requests()
        requests.send(subscribeTo(name))
        const seen: string[] = []
        for await (const { windowItems, hydrationComplete } of runs.watchWindowedActions(requests)) {
          if (!hydrationComplete) continue
          const ids = idsOf(windowItems).join(' ')
          if (ids === seen.at(-1)) continue
          seen.push(ids)
          if (seen.length === 1) requests.send(moveTo(1n))
          if (seen.length === 2) {
            requests.end()
            await runs.abortRun({ runId: { ...place, name } })
          }
        }
        expect(seen).toEqual(['a0 c1', 'c1 a0/fold'])
      })

      test('of what does not exist is not found', async () => {
        const requests = new Requests()
        requests.send(subscribeTo('nothing'))
        await expectRefused(drain(runs.watchWindowedActions(requests)), Code.NotFound, 'nothing')
      })

      test('refuses what does not begin with a subscription, and what subscribes twice', async () => {
        const requests = new Requests()
        requests.send(moveTo(0n))
        await expectRefused(drain(runs.watchWindowedActions(requests)), Code.InvalidArgument, 'subscribe')
        const twice = new Requests()
        const name = await startTree()
        twice.send(subscribeTo(name))
        twice.send(subscribeTo(name))
        await expectRefused(drain(runs.watchWindowedActions(twice)), Code.InvalidArgument, 'update_window')
      })
    },
  )
})
