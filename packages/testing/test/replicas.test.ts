import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { fromOutputs, toInputs } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { DataProxyService } from '@tern/idl/dataproxy'
import { StatusService } from '@tern/idl/status'
import { type TaskSpec, TaskService, TriggerAutomationSpecType } from '@tern/idl/task'
import { RunService } from '@tern/idl/workflow'
import { configure, run } from '@tern/sdk'
// oxlint-disable-next-line eslint/no-restricted-imports -- what servers have in their tables, they do not tell
import { Client as Database } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lastingPort } from '@tern/test-support'
import { PostgresServer } from '@tern/test-support/postgres'
import { fanout } from './journal-tasks.ts'
import { executions, untilExecuted, untilGone, workersOf } from './processes.ts'
import { ReplicaProcess } from './replica-process.ts'
import { awaitFile, gatedFanout } from './replica-tasks.ts'

const place = { project: 'flytesnacks', domain: 'development' } as const
const leaves = 600
const expected = leaves * (leaves - 1) + 5 * leaves
const leaseMs = 8000

interface Gated {
  readonly name: string
  /** The leaves that have ended. */
  readonly finished: ReadonlySet<string>
  /** Lets the others end. */
  readonly open: () => void
}

describe.skipIf(!PostgresServer.isAvailable && process.env['CI'] !== 'true')('servers on one Postgres', () => {
  let postgres: PostgresServer
  let database: Database
  let folder: string
  let journal: string
  const replicas: ReplicaProcess[] = []

  beforeAll(async () => {
    postgres = await PostgresServer.start()
    database = new Database({ connectionString: postgres.url() })
    await database.connect()
    folder = mkdtempSync(join(tmpdir(), 'tern-replicas-'))
  })
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()))
    await database.end()
    await postgres.stop()
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => {
    journal = join(mkdtempSync(join(folder, 'test-')), 'journal')
  })
  // Those that have ended are no longer among them.
  afterEach(() => void replicas.splice(0, replicas.length, ...replicas.filter(({ isRunning }) => isRunning)))

  async function start(givenPort?: number): Promise<ReplicaProcess> {
    const port = givenPort ?? (await lastingPort())
    const options = { dataDir: join(folder, 'data'), database: postgres.url(), port, leaseMs, maxWorkersPerPool: 1 }
    const replica = await ReplicaProcess.start(options)
    replicas.push(replica)
    return replica
  }

  /** Two servers that run; those of the test before, if they still do. */
  async function two(): Promise<[ReplicaProcess, ReplicaProcess]> {
    const missing = Array.from({ length: 2 - replicas.length }, () => start())
    await Promise.all(missing)
    return [replicas[0]!, replicas[1]!]
  }

  function clientOf({ url }: ReplicaProcess): Client<typeof RunService> {
    return createClient(RunService, createConnectTransport({ baseUrl: url, httpVersion: '1.1' }))
  }

  /** Starts a fan-out on a server. */
  async function begin({ url }: ReplicaProcess, n = leaves, file = journal): Promise<string> {
    configure({ endpoint: url })
    return (await run(fanout, { n, journal: file })).name
  }

  /** Watches a run on a server up to its end. */
  async function phaseAtEnd(replica: ReplicaProcess, name: string): Promise<ActionPhase | undefined> {
    let phase: ActionPhase | undefined
    try {
      for await (const { details } of clientOf(replica).watchRunDetails({ runId: { ...place, name } })) {
        phase = details?.action?.status?.phase
      }
      return phase
    } catch (error) {
      // As any client: a database that cannot be reached for a moment is no reason to give up.
      if (ConnectError.from(error).code !== Code.Unavailable) throw error
      return phaseAtEnd(replica, name)
    }
  }

  async function outputOf({ url }: ReplicaProcess, name: string): Promise<unknown> {
    const data = createClient(DataProxyService, createConnectTransport({ baseUrl: url, httpVersion: '1.1' }))
    const { outputs } = await data.getActionData({ actionId: { run: { ...place, name }, name: 'a0' } })
    return Object.values(fromOutputs(outputs!))[0]
  }

  /** Names of the leaves of a run that are stored as finished. */
  async function finishedIn(name: string): Promise<ReadonlySet<string>> {
    const { rows } = await database.query<{ readonly name: string }>(
      'select a.name from actions a join runs r on r.id = a.run_id where r.name = $1 and a.phase = 5',
      [name],
    )
    return new Set(rows.map((row) => row.name))
  }

  /** The server that has a run, as the database says. */
  async function ownerOf(name: string): Promise<string | undefined> {
    const query = 'select s.url from runs r join servers s on s.id = r.owner where r.name = $1'
    return (await database.query<{ readonly url: string }>(query, [name])).rows[0]?.url
  }

  test('start together, and make the tables once', async () => {
    await Promise.all([start(), start(), start()])
    const steps = 'select name, count(*)::int4 as times from schema_migrations group by name'
    const { rows } = await database.query<{ readonly times: number }>(steps)
    expect(rows.length).toBeGreaterThan(2)
    expect(rows.every(({ times }) => times === 1)).toBe(true)
    const servers = await database.query<{ readonly url: string }>('select url from servers')
    expect(servers.rows.map(({ url }) => url).toSorted()).toEqual(replicas.map(({ url }) => url).toSorted())
    await replicas[2]!.stop()
    expect((await database.query('select url from servers')).rowCount).toBe(2)
  })

  test('serve watches of the runs that others have, up to their end', async () => {
    const [a, b] = await two()
    const name = await begin(a)
    const there = phaseAtEnd(b, name)
    const seen = new Set<string>()
    for await (const { enrichedActions } of clientOf(b).watchActions({ runId: { ...place, name } })) {
      for (const { action } of enrichedActions) {
        if (action?.status?.phase === ActionPhase.SUCCEEDED) seen.add(action.id?.name ?? '')
      }
      if (seen.size === leaves + 1) break
    }
    expect(await there).toBe(ActionPhase.SUCCEEDED)
    expect(await outputOf(b, name)).toBe(expected)
    expect(await ownerOf(name)).toBe(a.url)
  })

  test('tell what each of them is busy with', async () => {
    const [a, b] = await two()
    configure({ endpoint: a.url })
    const { name } = await run(awaitFile, { file: join(folder, 'never') })
    const status = createClient(StatusService, createConnectTransport({ baseUrl: b.url, httpVersion: '1.1' }))
    const told = async () =>
      (await status.getStatus({})).servers.map(({ url, liveRuns, problem }) => [url, liveRuns, problem])
    await expect.poll(told).toEqual([
      [b.url, 0, ''],
      [a.url, 1, ''],
    ])
    await clientOf(a).abortRun({ runId: { ...place, name } })
    await expect.poll(told).toEqual([
      [b.url, 0, ''],
      [a.url, 0, ''],
    ])
  })

  test('take requests about the runs that others have', async () => {
    const [a, b] = await two()
    configure({ endpoint: a.url })
    const { name } = await run(awaitFile, { file: join(folder, 'never') })
    const runId = { ...place, name }
    const headers = { 'x-auth-request-user': 'jo' }
    await clientOf(b).abortRun({ runId, reason: 'not needed' }, { headers })
    // It is done, and not only asked for, when it is answered.
    const { details } = await clientOf(b).getRunDetails({ runId })
    expect(details?.action?.status?.phase).toBe(ActionPhase.ABORTED)
    expect(details?.action?.result.value).toMatchObject({
      reason: 'not needed',
      abortedBy: { principal: { value: { id: { subject: 'jo' } } } },
    })
    const unknown = clientOf(b).abortRun({ runId: { ...place, name: 'r-unknown' } })
    await expect(unknown).rejects.toSatisfy((error) => ConnectError.from(error).code === Code.NotFound)
  })

  test('make one run of a request that comes to several of them', async () => {
    const [a, b] = await two()
    const spec = await specOfAwaitFile(a)
    const request = (name: string, file = journal) => ({
      id: { case: 'runId', value: { ...place, name } } as const,
      task: { case: 'taskSpec', value: spec } as const,
      inputWrapper: { case: 'inputs', value: toInputs({ file }, spec.taskTemplate?.interface?.inputs) } as const,
    })
    for (let round = 0; round < 5; round++) {
      const same = request(`same-${round}`)
      const made = await Promise.all([a, b].map((replica) => clientOf(replica).createRun(same)))
      expect(made[0]?.run?.action?.id).toEqual(made[1]?.run?.action?.id)
      const different = [request(`rivals-${round}`), request(`rivals-${round}`, `${journal}-2`)]
      const rivals = await Promise.allSettled([a, b].map((replica, i) => clientOf(replica).createRun(different[i]!)))
      const refused = rivals.flatMap((result) =>
        result.status === 'rejected' ? [ConnectError.from(result.reason)] : [],
      )
      expect(refused.map(({ code }) => code)).toEqual([Code.AlreadyExists])
    }
    const runs = await database.query(`select 1 from runs where name like 'same-%' or name like 'rivals-%'`)
    expect(runs.rowCount).toBe(10)
    writeFileSync(journal, '')
    writeFileSync(`${journal}-2`, '')
    for (let round = 0; round < 5; round++) expect(await phaseAtEnd(b, `same-${round}`)).toBe(ActionPhase.SUCCEEDED)
  })

  /** Starts a fan-out on a server, of which half has ended, and is stored, and half waits for a gate. */
  async function beginGated({ url }: ReplicaProcess, n: number): Promise<Gated> {
    configure({ endpoint: url })
    const gate = `${journal}-gate`
    const { name } = await run(gatedFanout, { n, journal, gate })
    await untilExecuted(journal, n)
    const query =
      'select count(*)::int4 as n from actions a join runs r on r.id = a.run_id where r.name = $1 and a.phase = 5'
    const finished = async () => (await database.query<{ readonly n: number }>(query, [name])).rows[0]?.n
    await expect.poll(finished).toBe(n / 2)
    return { name, finished: await finishedIn(name), open: () => writeFileSync(gate, '') }
  }

  /** Of the leaves, those that had ended were executed once, and all were. */
  function expectExecuted(n: number, finished: ReadonlySet<string>): void {
    const counts = Map.groupBy(executions(journal), (leaf) => leaf)
    expect(counts.size).toBe(n)
    expect(finished.size).toBe(n / 2)
    expect([...finished].filter((leaf) => counts.get(leaf)?.length !== 1)).toEqual([])
  }

  test('take over what one had that was killed, and execute nothing finished again', async () => {
    const [a, b] = await two()
    const { name, finished, open } = await beginGated(a, 200)
    const ended = phaseAtEnd(b, name)
    const workers = workersOf(a.pid)
    await a.kill()
    await untilGone(workers)
    // Asked for while nobody has the run: it is answered by the one that takes it over.
    const [some = ''] = finished
    await clientOf(b).abortAction({ actionId: { run: { ...place, name }, name: some } })
    expect(await ownerOf(name)).toBe(b.url)
    open()
    expect(await ended).toBe(ActionPhase.SUCCEEDED)
    expect(await outputOf(b, name)).toBe((200 * 199) / 2)
    expectExecuted(200, finished)
  })

  test('take over what one had that stood still, which can record nothing any more', async () => {
    const [a, b] = await two()
    const { name, finished, open } = await beginGated(a, 200)
    a.freeze()
    await expect.poll(() => ownerOf(name)).toBe(b.url)
    // The workers of the one that stands still go on: what they have to say is never heard.
    open()
    expect(await phaseAtEnd(b, name)).toBe(ActionPhase.SUCCEEDED)
    const actions = 'select a.* from actions a join runs r on r.id = a.run_id where r.name = $1 order by a.seq'
    const stored = await database.query(actions, [name])
    a.thaw()
    expect(await a.ended()).toBe(3)
    await expect.poll(() => a.fatal).toContain('was taken for dead, and other servers go on with its runs')
    expect((await database.query(actions, [name])).rows).toEqual(stored.rows)
    expect(await outputOf(b, name)).toBe((200 * 199) / 2)
    expectExecuted(200, finished)
  })

  test('go on although connections to the database are cut all the time', async () => {
    const [a, b] = await two()
    const files = [`${journal}-a`, `${journal}-b`]
    const names = [await begin(a, leaves, files[0]), await begin(b, leaves, files[1])]
    const ended = Promise.all(names.map((name, i) => phaseAtEnd([b, a][i]!, name)))
    let isOver = false
    void ended.finally(() => (isOver = true))
    while (!isOver) {
      await database.query(`select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend'
        and pid <> pg_backend_pid() and random() < 0.3`)
      await delay(50 + 100 * Math.random())
    }
    expect(await ended).toEqual([ActionPhase.SUCCEEDED, ActionPhase.SUCCEEDED])
    for (const file of files) {
      expect(new Set(executions(file)).size).toBe(leaves)
      expect(executions(file)).toHaveLength(leaves)
    }
    expect([a.isRunning, b.isRunning]).toEqual([true, true])
  })

  test('are restarted one after another under load, and nothing is lost', async () => {
    const [a, b] = await two()
    const names: string[] = []
    const files: string[] = []
    const load = async (replica: ReplicaProcess): Promise<void> => {
      files.push(`${journal}-${files.length}`)
      names.push(await begin(replica, 200, files.at(-1)))
    }
    let [first, second] = [a, b]
    for (let round = 0; round < 2; round++) {
      for (const replica of [first, second, first]) await load(replica)
      const { port } = first
      await first.stop()
      await load(second)
      ;[first, second] = [second, await start(port)]
    }
    const phases = await Promise.all(names.map((name) => phaseAtEnd(second, name)))
    expect(new Set(phases)).toEqual(new Set([ActionPhase.SUCCEEDED]))
    for (const file of files) expect(new Set(executions(file)).size).toBe(200)
  })

  test('start the runs of schedules once', async () => {
    const [a, b] = await two()
    const spec = await specOfAwaitFile(a)
    writeFileSync(journal, '')
    const taskId = { ...place, name: 'replicas.scheduled', version: 'v1' }
    const triggers = Array.from({ length: 20 }, (_, i) => ({
      name: `hourly-${i}`,
      spec: {
        active: true,
        inputWrapper: {
          case: 'inputs',
          value: toInputs({ file: journal }, spec.taskTemplate?.interface?.inputs),
        } as const,
      },
      automationSpec: {
        type: TriggerAutomationSpecType.TYPE_SCHEDULE,
        automation: {
          case: 'schedule',
          value: {
            expression: { case: 'cron', value: { expression: '0 * * * *', timezone: '' } },
            kickoffTimeInputArg: '',
          },
        } as const,
      },
    }))
    const tasks = createClient(TaskService, createConnectTransport({ baseUrl: a.url, httpVersion: '1.1' }))
    await tasks.deployTask({ taskId, spec, triggers })
    await Promise.all([a.stop(), b.stop()])
    // As if they had been switched on hours ago: what was missed since is made up for at the start.
    await database.query(`update triggers set scheduled_from = scheduled_from - 3 * 3600000, updated_at = scheduled_from,
      settled_at = null`)
    replicas.splice(0)
    await two()
    const started = 'select trigger_name, count(*)::int4 as runs from runs where trigger_name is not null group by 1'
    await expect.poll(async () => (await database.query(started)).rowCount).toBe(20)
    const { rows } = await database.query<{ readonly runs: number }>(started)
    expect(rows.map(({ runs }) => runs)).toEqual(Array(20).fill(1))
  })

  async function specOfAwaitFile(replica: ReplicaProcess): Promise<TaskSpec> {
    configure({ endpoint: replica.url })
    writeFileSync(`${journal}-spec`, '')
    const { name } = await run(awaitFile, { file: `${journal}-spec` })
    const actionId = { run: { ...place, name }, name: 'a0' }
    const { details } = await clientOf(replica).getActionDetails({ actionId })
    if (details?.spec.case !== 'task') throw new Error('the action has no task')
    return details.spec.value
  }
})
