import { create, toBinary } from '@bufbuild/protobuf'
import type { TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActionRecord, LiveRun, RunRecord } from './engine-store.ts'
import type { Store } from './store.ts'
import { aBatch, aChild, anEnd, aRoot, aRunRecord, aSpecRow, at, largeBytes } from './test/records.ts'
import { storedRows } from './test/stored-rows.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`the engine's store on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store

    beforeEach(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
    })
    afterEach(async () => {
      await store.close()
      await fresh.remove()
    })

    async function reopen(): Promise<void> {
      await store.close()
      store = await fresh.open()
    }

    /** Commits a new run and returns it. */
    async function newRun(name: string, overrides: Partial<RunRecord> = {}): Promise<RunRecord> {
      const run = aRunRecord({ id: await store.engine.newRunId(), name, ...overrides })
      await store.engine.commit(aBatch({ specs: [aSpecRow()], runs: [run], created: [aRoot(run.id)] }))
      return run
    }

    /** What a server finds that starts after this one has stopped. */
    async function liveRuns(): Promise<LiveRun[]> {
      await reopen()
      const runs: LiveRun[] = []
      for await (const run of store.engine.liveRuns()) runs.push(run)
      return runs
    }

    describe('a commit', () => {
      test('keeps every field of an action', async () => {
        const { id } = await newRun('r1')
        const failure: TaskFailure = {
          code: 'TypeError',
          message: 'x is not a function',
          kind: 'user',
          recoverable: true,
          stack: 'at a.ts:1:2',
        }
        const action: ActionRecord = {
          runId: id,
          seq: 7,
          name: 'c7',
          parentSeq: 0,
          actionType: 1,
          group: 'a group',
          specDigest: 'spec',
          inputs: null,
          inputsUri: '/in/inputs.pb',
          outputs: new Uint8Array([0, 255, 92, 120]),
          outputsUri: '/out',
          cacheKey: 'key',
          cacheStatus: 2,
          cacheSource: 'p/d/r/a0/1',
          queue: 'a queue',
          isExternal: true,
          createdAt: at,
          state: {
            phase: ActionPhase.FAILED,
            attempt: 3,
            userFailures: 2,
            systemFailures: 1,
            notBefore: at + 1,
            timeline: `1:${at},6:${at + 5}`,
            failure,
            abortReason: 'because',
            endedBy: new Uint8Array([1, 2]),
            updatedAt: at + 5,
            endedAt: at + 6,
          },
        }
        expect(await store.engine.commit(aBatch({ created: [action] }))).toEqual([])
        const stored = await store.engine.findAction(id, 'c7')
        expect(stored).toMatchObject({
          ...action,
          state: { ...action.state, failure: expect.objectContaining(failure) },
        })
      })

      test('keeps values that are not there apart from empty ones', async () => {
        const { id } = await newRun('r1')
        const none = aChild(id, 1, { inputs: null, group: null })
        const empty = aChild(id, 2, { inputs: new Uint8Array(), group: '' })
        await store.engine.commit(aBatch({ created: [none, empty] }))
        expect(await store.engine.findAction(id, 'c1')).toMatchObject({ inputs: null, group: null })
        expect(await store.engine.findAction(id, 'c2')).toMatchObject({ inputs: new Uint8Array(), group: '' })
      })

      test('keeps texts of any characters', async () => {
        const { id } = await newRun('r1')
        const group = `"quotes" 'and' \\slashes, {braces}, NULL, ärger, 日本, 🪿, ${'long '.repeat(1000)}`
        await store.engine.commit(aBatch({ created: [aChild(id, 1, { group })] }))
        expect((await store.engine.findAction(id, 'c1'))?.group).toBe(group)
      })

      test('takes texts that hold a zero character', async () => {
        const { id } = await newRun('r1')
        await store.engine.commit(aBatch({ created: [aChild(id, 1, { name: 'a\0b', group: 'c\0d' })] }))
        const stored = await store.engine.findAction(id, 'a\0b')
        expect(stored?.group?.replace(/[\0\u{fffd}]/u, '')).toBe('cd')
      })

      test('changes what changes of an action, and leaves the rest', async () => {
        const { id } = await newRun('r1')
        const child = aChild(id, 1)
        await store.engine.commit(aBatch({ created: [child] }))
        const ended = anEnd(child, ActionPhase.SUCCEEDED, { outputs: new Uint8Array([4, 2]), cacheStatus: 3 })
        await store.engine.commit(aBatch({ changed: [{ ...ended, name: 'another', inputs: null }] }))
        expect(await store.engine.findAction(id, 'c1')).toEqual(ended)
      })

      test('shows the state of a root as the state of its run', async () => {
        const { id } = await newRun('r1')
        await store.engine.commit(aBatch({ changed: [anEnd(aRoot(id), ActionPhase.ABORTED)] }))
        const run = await store.queries.db
          .selectFrom('runs')
          .select(['phase', 'attempts', 'ended_at'])
          .where('id', '=', id)
          .executeTakeFirst()
        expect(run).toEqual({ phase: ActionPhase.ABORTED, attempts: 1, ended_at: at + 10 })
      })

      test('of thousands of actions keeps all of them', async () => {
        const { id } = await newRun('r1')
        const children = Array.from({ length: 12_000 }, (_, i) => aChild(id, i + 1))
        expect(await store.engine.commit(aBatch({ created: children }))).toEqual([])
        await store.engine.commit(aBatch({ changed: children.map((child) => anEnd(child, ActionPhase.SUCCEEDED)) }))
        const [live] = await liveRuns()
        expect(live?.actions.map(({ name }) => name)).toEqual(['a0'])
        expect(live?.nextSeq).toBe(12_001)
      })

      test('of many large values is one commit', async () => {
        const { id } = await newRun('r1')
        const inputs = largeBytes(9 * 1024 * 1024)
        const children = Array.from({ length: 8 }, (_, i) => aChild(id, i + 1, { inputs }))
        await store.engine.commit(aBatch({ created: children }))
        const stored = await store.engine.findInputs(id, 8)
        expect(stored !== null && Buffer.compare(stored, inputs)).toBe(0)
      })

      test('of nothing is one too', async () => {
        expect(await store.engine.commit(aBatch())).toEqual([])
      })

      test('that fails leaves nothing behind', async () => {
        const run = await newRun('r1')
        await storedRows.dropTable(store.queries, 'attempts')
        const attempts = [{ runId: run.id, seq: 0, attempt: 1, phase: 6, timeline: '', failure: null }]
        const commit = async () => store.engine.commit(aBatch({ created: [aChild(run.id, 1)], attempts }))
        await expect(commit()).rejects.toSatisfy((error) => !store.engine.isTransient(error))
        expect(await store.engine.findAction(run.id, 'c1')).toBeUndefined()
        expect(await store.engine.commit(aBatch({ created: [aChild(run.id, 1)] }))).toEqual([])
      })
    })

    describe('an action whose name the run has already', () => {
      test('is refused, and the one that is there stays as it is', async () => {
        const { id } = await newRun('r1')
        const first = aChild(id, 1, { name: 'same' })
        const second = aChild(id, 2, { name: 'same', group: 'another' })
        const third = aChild(id, 3)
        await store.engine.commit(aBatch({ created: [first] }))
        expect(await store.engine.commit(aBatch({ created: [second, third] }))).toEqual([second])
        expect(await store.engine.findAction(id, 'same')).toEqual(first)
        expect(await store.engine.findAction(id, 'c3')).toEqual(third)
      })

      test('is refused when both come in one batch', async () => {
        const { id } = await newRun('r1')
        const first = aChild(id, 1, { name: 'same' })
        const second = aChild(id, 2, { name: 'same' })
        expect(await store.engine.commit(aBatch({ created: [first, second] }))).toEqual([second])
      })

      test('is a different action in another run', async () => {
        const one = await newRun('r1')
        const two = await newRun('r2')
        await store.engine.commit(aBatch({ created: [aChild(one.id, 1)] }))
        expect(await store.engine.commit(aBatch({ created: [aChild(two.id, 1)] }))).toEqual([])
      })
    })

    describe('what comes with actions', () => {
      test('specs are stored once', async () => {
        const spec = aSpecRow({ digest: 'd1', bytes: new Uint8Array([1, 2, 3]) })
        await store.engine.commit(aBatch({ specs: [spec, spec] }))
        await store.engine.commit(aBatch({ specs: [{ ...spec, taskName: 'another' }] }))
        expect(await store.engine.findSpec('d1')).toEqual(spec)
        expect(await store.engine.findSpec('d2')).toBeUndefined()
      })

      test('attempts and lines of logs are kept, in order', async () => {
        const { id } = await newRun('r1')
        const lost: TaskFailure = { code: 'WorkerLost', message: 'gone', kind: 'system', recoverable: true }
        const attempts = [1, 2].map((attempt) => ({
          runId: id,
          seq: 0,
          attempt,
          phase: ActionPhase.FAILED,
          timeline: `1:${at}`,
          failure: attempt === 1 ? lost : null,
        }))
        const logs = [0, 1, 2].map((chunk) => ({
          runId: id,
          seq: 0,
          attempt: 1,
          chunk,
          lines: new Uint8Array([chunk]),
          lineCount: 1,
        }))
        await store.engine.commit(aBatch({ attempts, logs }))
        await store.engine.commit(aBatch({ attempts, logs }))
        const { db } = store.queries
        const storedAttempts = await db.selectFrom('attempts').selectAll().orderBy('attempt').execute()
        expect(storedAttempts.map(({ attempt, error }) => [attempt, error !== null])).toEqual([
          [1, true],
          [2, false],
        ])
        const chunks = await db.selectFrom('log_chunks').selectAll().orderBy('chunk').execute()
        expect(chunks.map(({ lines }) => [...lines])).toEqual([[0], [1], [2]])
      })

      test('labels of a run can be looked for', async () => {
        const labels = { values: { team: 'a "b"', stage: '' } }
        const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { labels }))
        const { id } = await newRun('r1', { runSpec })
        const rows = await store.queries.db.selectFrom('run_labels').selectAll().orderBy('key').execute()
        expect(rows).toEqual([
          { run_id: id, key: 'stage', value: '' },
          { run_id: id, key: 'team', value: 'a "b"' },
        ])
      })

      test('cached results are the latest of their key, within a project if need be', async () => {
        const result = { key: 'k', domain: 'd', outputs: null, outputsUri: '/o' }
        const results = [
          { ...result, project: 'p', source: 'first', at },
          { ...result, project: 'p', source: 'second', at: at + 1 },
          { ...result, project: 'q', source: 'elsewhere', at: at + 2 },
        ]
        await store.engine.commit(aBatch({ results }))
        const found = { outputs: null, outputsUri: '/o' }
        expect(await store.engine.findCached('k')).toEqual({ ...found, source: 'elsewhere' })
        expect(await store.engine.findCached('k', { project: 'p', domain: 'd' })).toEqual({
          ...found,
          source: 'second',
        })
        expect(await store.engine.findCached('k', { project: 'r', domain: 'd' })).toBeUndefined()
        expect(await store.engine.findCached('other')).toBeUndefined()
      })
    })

    describe('a run', () => {
      test('is found by its name', async () => {
        const { id } = await newRun('r1', { requestDigest: 'digest' })
        expect(await store.engine.findRun('p', 'd', 'r1')).toMatchObject({ id, requestDigest: 'digest' })
        expect(await store.engine.findRun('p', 'd', 'r2')).toBeUndefined()
        expect(await store.engine.findRun('p', 'other', 'r1')).toBeUndefined()
      })

      test('has an id that no other has, also after a restart', async () => {
        const ids = await Promise.all(Array.from({ length: 100 }, async () => store.engine.newRunId()))
        expect(new Set(ids).size).toBe(100)
        const run = aRunRecord({ id: Math.max(...ids), name: 'r1' })
        await store.engine.commit(aBatch({ specs: [aSpecRow()], runs: [run], created: [aRoot(run.id)] }))
        await reopen()
        expect(await store.engine.newRunId()).toBeGreaterThan(run.id)
      })
    })

    test('thousands of actions are found at once, each by its name', async () => {
      const { id } = await newRun('r1')
      const children = Array.from({ length: 1200 }, (_, i) => aChild(id, i + 1))
      await store.engine.commit(aBatch({ created: children }))
      const names = Array.from({ length: 2400 }, (_, i) => `c${2400 - i}`)
      const found = await Promise.all(names.map((name) => store.engine.findAction(id, name)))
      expect(found.map((action) => action?.name)).toEqual(names.map((_, i) => (i < 1200 ? undefined : names[i])))
    })

    describe('after a restart', () => {
      test('runs that have not ended are found with their live actions, in order of creation', async () => {
        const run = await newRun('r1')
        const ended = await newRun('r2')
        const children = [3, 1, 2].map((seq) => aChild(run.id, seq))
        await store.engine.commit(aBatch({ created: children }))
        const changed = [
          anEnd(aChild(run.id, 2), ActionPhase.SUCCEEDED),
          { ...aChild(run.id, 3), state: { ...aChild(run.id, 3).state, phase: ActionPhase.PAUSED } },
          anEnd(aRoot(ended.id), ActionPhase.FAILED),
        ]
        await store.engine.commit(aBatch({ changed }))
        await reopen()
        const live = await liveRuns()
        expect(live).toHaveLength(1)
        expect(live[0]).toMatchObject({ run, nextSeq: 4 })
        expect(live[0]?.actions.map(({ seq }) => seq)).toEqual([0, 1, 3])
      })

      test('all of many runs are found', async () => {
        const runs = await Promise.all(
          Array.from({ length: 230 }, async (_, i) => aRunRecord({ id: await store.engine.newRunId(), name: `r${i}` })),
        )
        const created = runs.flatMap(({ id }) => [aRoot(id), aChild(id, 1)])
        await store.engine.commit(aBatch({ specs: [aSpecRow()], runs, created }))
        await reopen()
        const live = await liveRuns()
        expect(live.map(({ run }) => run.name).toSorted()).toEqual(runs.map(({ name }) => name).toSorted())
        expect(live.every(({ run, actions }) => actions.length === 2 && actions.every((a) => a.runId === run.id))).toBe(
          true,
        )
      })

      test('there are none in an empty store', async () => {
        expect(await liveRuns()).toEqual([])
      })
    })

    describe('writes beside the engine', () => {
      test('happen together or not at all', async () => {
        const { db } = store.queries
        const project = { id: 'p', name: 'P', description: '', labels: null, state: 0, created_at: at, updated_at: at }
        const insert = db.insertInto('projects').values(project).compile()
        await expect(store.queries.writeTogether([insert, insert])).rejects.toThrow()
        expect(await db.selectFrom('projects').selectAll().execute()).toEqual([])
        await store.queries.writeTogether([insert])
        expect(await db.selectFrom('projects').selectAll().execute()).toEqual([project])
      })

      test('find a part of a text, case and all', async () => {
        await newRun('a%b_C')
        const { queries } = store
        const names = async (part: string): Promise<string[]> => {
          const query = queries.db.selectFrom('runs').select('name')
          const rows = await query.where((eb) => queries.contains(eb.ref('name'), part)).execute()
          return rows.map(({ name }) => name)
        }
        expect(await names('%b_')).toEqual(['a%b_C'])
        expect(await names('c')).toEqual([])
        expect(await names('a%_')).toEqual([])
      })

      test('order texts by their code points', async () => {
        for (const name of ['b', 'B', 'a', '_', '\u{10ffff}', 'ä', 'Z']) await newRun(name)
        const rows = await store.queries.db.selectFrom('runs').select('name').orderBy('name').execute()
        expect(rows.map(({ name }) => name)).toEqual(['B', 'Z', '_', 'a', 'b', 'ä', '\u{10ffff}'])
      })
    })
  })
}
