import { Code } from '@connectrpc/connect'
import { ActionPhase, Filter_Function } from '@tern/idl/common'
import type { Run } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { outputsOf, place, projectId } from '../test/fixtures.ts'
import { startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const nameOf = (run: Run | undefined): string => run?.action?.id?.run?.name ?? ''

eachTransport((transport) => {
  let runs: Clients['runs']
  let script: Script
  beforeAll(() => {
    runs = createClients(transport.connect(api.url)).runs
    script = new Script(api)
  })

  describe('WatchRuns', () => {
    test('tells what there is, then what is created and changes', async () => {
      const before = await startRun(runs)
      const stop = new AbortController()
      const seen = new Map<string, ActionPhase>()
      let created = ''
      const target = { case: 'projectId', value: projectId } as const
      try {
        for await (const { runs: changed } of runs.watchRuns({ target }, { signal: stop.signal })) {
          for (const run of changed) seen.set(nameOf(run), run.action?.status?.phase ?? 0)
          if (created === '') {
            expect(seen.has(before)).toBe(true)
            created = await startRun(runs)
            await script.succeed(created, 'a0', outputsOf(1))
          }
          if (seen.get(created) === ActionPhase.SUCCEEDED) stop.abort()
        }
      } catch (error) {
        expect(error).toMatchObject({ code: Code.Canceled })
      }
      expect(seen.get(created)).toBe(ActionPhase.SUCCEEDED)
    })

    test('refuses to watch nothing in particular', async () => {
      await expectRefused(drain(runs.watchRuns({})), Code.InvalidArgument, 'target')
    })
  })

  describe('WatchActions', () => {
    test('tells a tree with its counts, then what changes', async () => {
      const name = await startRun(runs)
      await script.enqueue(name, 'a0', 'c1')
      await script.begin(name, 'c1')
      const stop = new AbortController()
      const tree = new Map<string, { phase: ActionPhase; counts: Record<number, number> }>()
      let asked = false
      try {
        for await (const { enrichedActions } of runs.watchActions(
          { runId: { ...place, name } },
          { signal: stop.signal },
        )) {
          for (const { action, childrenPhaseCounts, meetsFilter } of enrichedActions) {
            expect(meetsFilter).toBe(true)
            tree.set(action?.id?.name ?? '', { phase: action?.status?.phase ?? 0, counts: childrenPhaseCounts })
          }
          if (!asked) {
            asked = true
            await script.enqueue(name, 'c1', 'c2')
            await script.succeed(name, 'c2', outputsOf(1))
          }
          if (tree.get('a0')?.counts[ActionPhase.SUCCEEDED] === 1) stop.abort()
        }
      } catch (error) {
        expect(error).toMatchObject({ code: Code.Canceled })
      }
      expect(tree.get('c2')?.phase).toBe(ActionPhase.SUCCEEDED)
      expect(tree.get('c1')?.counts[ActionPhase.SUCCEEDED]).toBe(1)
      expect(tree.get('a0')?.counts).toMatchObject({ [ActionPhase.RUNNING]: 1, [ActionPhase.SUCCEEDED]: 1 })
    })

    test('tells a large run in pages', async () => {
      const name = await startRun(runs)
      await script.enqueueMany(name, 'a0', 2100)
      const pages: number[] = []
      const seen = new Set<string>()
      for await (const { enrichedActions } of runs.watchActions({ runId: { ...place, name } })) {
        pages.push(enrichedActions.length)
        for (const { action } of enrichedActions) seen.add(action?.id?.name ?? '')
        if (seen.size === 2101) break
      }
      expect(Math.max(...pages)).toBeLessThanOrEqual(1001)
      expect(pages.length).toBeGreaterThanOrEqual(3)
    })

    test('shows what passes its filters, and what is above it', async () => {
      const name = await startRun(runs)
      for (const child of ['c1', 'c2']) await script.enqueue(name, 'a0', child)
      await script.fail(name, 'c1', { code: 'RowError', message: 'bad' })
      const filter = [
        { field: 'PHASE', function: Filter_Function.VALUE_IN, values: [String(ActionPhase.FAILED)] },
        { field: 'NAME', function: Filter_Function.CONTAINS_CASE_INSENSITIVE, values: ['LEAF'] },
      ]
      for await (const { enrichedActions } of runs.watchActions({ runId: { ...place, name }, filter })) {
        expect(enrichedActions.map(({ action }) => action?.id?.name)).toEqual(['a0', 'c1'])
        expect(enrichedActions.map(({ meetsFilter }) => meetsFilter)).toEqual([true, true])
        break
      }
    })

    test('refuses other filters and unknown runs', async () => {
      const runId = { ...place, name: await startRun(runs) }
      const filter = [{ field: 'COLOUR', function: Filter_Function.EQUAL, values: ['red'] }]
      await expectRefused(drain(runs.watchActions({ runId, filter })), Code.InvalidArgument, 'COLOUR')
      const nothing = { ...place, name: 'nothing' }
      await expectRefused(drain(runs.watchActions({ runId: nothing })), Code.NotFound, 'nothing')
    })
  })
})
