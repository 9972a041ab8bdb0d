import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { create } from '@bufbuild/protobuf'
import { createClient as createRpcClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { compareText, phaseName } from '@tern/core'
import { ArtifactType, CreateDownloadLinkRequestSchema, DataProxyService } from '@tern/idl/dataproxy'
import { configure, lazyTask, run, type RunOptions, type Task } from '@tern/sdk'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import * as tasks from './capability-tasks.ts'
import { executions, killWorkersOf, untilExecuted } from './processes.ts'

let folder: string
let server: ServerProcess
let client: TernClient

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-capable-'))
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), log: 'ignore' })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

type AnyTask = Task<Record<string, unknown>, unknown>

/** The phases of a run's actions, by the name of their task. */
async function phasesOf(name: string): Promise<readonly (readonly [string, string])[]> {
  const phases: (readonly [string, string])[] = []
  for await (const { metadata, status } of client.listActions(name)) {
    const { spec } = metadata ?? {}
    if (spec?.case === 'task') phases.push([spec.value.id?.name ?? '', phaseName(status?.phase ?? 0)])
  }
  return phases.toSorted(([a, x], [b, y]) => compareText(a, b) || compareText(x, y))
}

const twice = ['on a server', 'in a local run'] as const

describe.each(twice)('%s', (where) => {
  const start = (task: unknown, inputs: Record<string, unknown> = {}, options: RunOptions = {}) =>
    run(task as AnyTask, inputs, { ...options, mode: where === 'on a server' ? 'remote' : 'local' })
  const result = async (task: unknown, inputs?: Record<string, unknown>, options?: RunOptions) =>
    (await start(task, inputs, options)).outputs()

  test('values of all types come back as they were sent', async () => {
    expect(await result(tasks.values)).toEqual([])
  })

  test('files come from web streams, folders of one name lie apart, tables are read in part', async () => {
    expect(await result(tasks.files)).toEqual([
      'streamed',
      'no folder',
      'c',
      'a/b.txt',
      'c.txt',
      'a/b.txt',
      'c.txt',
      '3',
      '4',
    ])
  })

  test('map gives results in order, takes items as they come, and ends with the first error', async () => {
    const negative = (n: number) => `-${n} is negative`
    expect(await result(tasks.mapped, { count: 300 })).toEqual([
      300 * 299,
      ['2', expect.stringContaining(negative(1)), '6'],
      expect.stringContaining(negative(5)),
    ])
  })

  test('the winner of a race is there before the other one has ended', async () => {
    expect(await result(tasks.racing)).toBe(0)
    expect(await result(tasks.mapAborting)).toContain('-1 is negative')
  })

  test('custom context flows to all that is below', async () => {
    expect(await result(tasks.flowing, {}, { customContext: { user: 'Ada' } })).toEqual([
      { user: 'Ada' },
      { user: 'Ada', team: 'blue' },
      { user: 'Bob', team: 'blue' },
    ])
  })

  test('DK-3, TS-11: a task knows where it runs', async () => {
    const handle = await start(tasks.about)
    expect(await handle.outputs()).toMatchObject({
      action: 'a0',
      task: 'capable.about',
      run: handle.name,
      age: 'true',
      attempt: '1',
      raw: 'true',
      mode: where === 'on a server' ? 'worker' : 'local',
    })
  })

  test('copies of tasks run in their new environment', async () => {
    expect(await result(tasks.copied)).toEqual([8, 'capable-copy.double', 'copy'])
  })

  test('a generator’s result is what it returns', async () => {
    expect(await result(tasks.computing)).toBe(3)
  })
})

test('results are used again as long as the code of the file is the same', async () => {
  const journal = join(folder, 'journal')
  for (const _ of [1, 2]) expect(await (await run(tasks.keeping, { journal })).outputs()).toBe(1)
  expect(readFileSync(journal, 'utf8')).toBe('kept\n')
  // Of a file that is not bundled nobody knows that.
  for (const _ of [1, 2]) expect(await (await run.local(tasks.keeping, { journal })).outputs()).toBe(1)
  expect(readFileSync(journal, 'utf8')).toBe('kept\n'.repeat(3))
})

test('a line of a generator is there while it runs', async () => {
  const until = join(folder, 'go-on')
  const handle = await run(tasks.streaming, { until })
  const lines: string[] = []
  for await (const { text } of client.logs(handle.name)) {
    lines.push(text)
    // The task waits for this, so that it cannot have ended before.
    if (text === 'first') writeFileSync(until, '')
  }
  expect(lines).toEqual(['first', 'second'])
  expect(await handle.outputs()).toBe(2)
})

test('what loses, and what is mapped beside an error, is aborted', async () => {
  const race = await run(tasks.racing)
  await race.wait()
  await expect
    .poll(() => phasesOf(race.name))
    .toEqual([
      ['capable.racing', 'SUCCEEDED'],
      ['capable.slow', 'ABORTED'],
      ['capable.slow', 'SUCCEEDED'],
    ])
  const all = await run(tasks.mapAborting)
  await all.wait()
  await expect
    .poll(() => phasesOf(all.name))
    .toEqual([
      ['capable.double', 'FAILED'],
      ['capable.map_aborting', 'SUCCEEDED'],
      ['capable.slow', 'ABORTED'],
      ['capable.slow', 'ABORTED'],
    ])
})

test('a map goes on where it was when its worker is killed', async () => {
  const journal = join(folder, 'map-journal')
  const handle = await run(tasks.mapJournal, { journal, count: 60 })
  await untilExecuted(journal, 20)
  killWorkersOf(server.pid)
  expect(await handle.outputs()).toEqual(Array.from({ length: 60 }, (_, n) => `${n} for Ada`))
  // Only what was under way, or had not been stored yet, was done again.
  const done = executions(journal)
  expect(new Set(done).size).toBe(60)
  expect(done.length).toBeLessThanOrEqual(65)
})

test('the calls of a map are in its group', async () => {
  const handle = await run(tasks.mapped, { count: 3 })
  await handle.wait()
  const groups: string[] = []
  for await (const { metadata } of client.listActions(handle.name)) groups.push(metadata?.group ?? '')
  expect(groups.filter((name) => name === 'doubles')).toHaveLength(3)
})

test('values have their previews for the console, which are no part of them', async () => {
  const handle = await run(tasks.values)
  await handle.wait()
  let echo = ''
  for await (const { id, metadata } of client.listActions(handle.name)) {
    if (metadata?.spec?.case === 'task' && metadata.spec.value.id?.name === 'capable.echo') echo = id?.name ?? ''
  }
  const { inputs, outputs } = await client.getActionData(handle.name, echo)
  for (const values of [inputs?.literals, outputs?.literals]) {
    expect(values?.find(({ name }) => name === 'money')?.value?.metadata).toEqual({ preview: '19.99 €' })
  }
})

describe('a task that is called by its name alone', () => {
  const expected = '3|2|2026-01-31T12:00:00.000Z|300000|none|1152921504606846976|x|1769860800000|1,a|1,2|content|2'

  beforeAll(async () => {
    const bundle = await bundleFile(fileURLToPath(new URL('./capability-tasks.ts', import.meta.url)))
    const [program, bundleUri] = await Promise.all([loadBundle(bundle), client.uploadBundle(bundle)])
    const { org, project, domain } = client.configuration
    const place = { org, project, domain, version: bundle.version, bundleUri }
    for (const task of program.tasks.values()) await client.deployTask(taskSpecOf(task, place))
  })

  test('is given what it declares, from another task', async () => {
    expect(await (await run(tasks.byName)).outputs()).toEqual([
      expected,
      '2026-01-31T12:00:00.000Z',
      'content',
      String(2n ** 60n),
      '8',
      expect.stringContaining('inputs.n: expected integer, got string "many"'),
      expect.stringContaining('n'),
      'task capable.nothing is not deployed in flytesnacks/development',
    ])
  })

  test('is run from a program', async () => {
    const double = lazyTask<Task<{ n: number }, number>>('capable.double')
    expect(await (await run(double, { n: 21 })).outputs()).toBe(42)
    await expect(run(double, { n: 'many' as never })).rejects.toThrow('inputs.n: expected integer')
  })

  test('cannot be in a local run', async () => {
    await expect(lazyTask('capable.double')({ n: 1 })).rejects.toThrow('task capable.double is deployed on a server')
  })
})

test('a report has its chart and its picture', async () => {
  const handle = await run(tasks.reporting)
  await handle.wait()
  const { org, project, domain } = client.configuration
  const actionId = { name: 'a0', run: { org, project, domain, name: handle.name } }
  const rpc = createRpcClient(DataProxyService, createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' }))
  const { preSignedUrls } = await rpc.createDownloadLink(
    create(CreateDownloadLinkRequestSchema, {
      artifactType: ArtifactType.REPORT,
      source: { case: 'actionAttemptId', value: { actionId, attempt: 1 } },
    }),
  )
  const answer = await fetch(preSignedUrls?.signedUrl[0] ?? '')
  const page = await answer.text()
  expect(page).toContain('<svg xmlns="http://www.w3.org/2000/svg"')
  expect(page).toContain('<img alt="a pixel" src="data:image/png;base64,')
  expect(page).toContain('<p>&lt;script&gt;</p>')
  // It is shown as it is under this policy.
  expect(answer.headers.get('content-security-policy')).toMatch(/img-src[^;]* data:/)
  const local = await run.local(tasks.reporting)
  await local.wait()
  const file = join(tmpdir(), 'tern-files', local.name, 'a0-1', 'report.html')
  expect(readFileSync(file, 'utf8')).toBe(page)
  rmSync(join(tmpdir(), 'tern-files', local.name), { recursive: true })
})
