import { join } from 'node:path'
import { createClient as createRpcClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { literalToJson } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { ArtifactType, DataProxyService } from '@tern/idl/dataproxy'
import type { ActionDetails } from '@tern/idl/workflow'
import type { TernClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

let project: FlyteProject
let client: TernClient

beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python') })
  client = project.client
}, 300_000)
afterAll(() => project?.stop())

/** Starts a task of engine.py. */
async function start(
  name: string,
  task: string,
  inputs: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const flags = Object.entries(inputs).flatMap(([input, value]) => [`--${input}`, String(value)])
  await project.flyte('run', '--name', name, 'engine.py', task, ...flags)
}

/** The root of a run that has succeeded, and its result. */
async function ended(run: string): Promise<{ readonly root: ActionDetails; readonly result: unknown }> {
  const root = await client.waitForAction(run)
  expect(root.status?.phase).toBe(ActionPhase.SUCCEEDED)
  const { outputs } = await client.getActionData(run)
  const value = outputs?.literals[0]?.value
  return { root, result: value && literalToJson(value) }
}

async function childrenOf(run: string): Promise<ActionDetails[]> {
  const children: ActionDetails[] = []
  for await (const { id } of client.listActions(run)) {
    if (id?.name !== 'a0') children.push(await client.getAction(run, id?.name))
  }
  return children
}

const cacheOf = ({ status, attempts }: ActionDetails) => ({
  status: status?.cacheStatus,
  from: attempts.at(-1)?.cacheMetadata?.sourceActionAttempt?.actionId?.run?.name,
})

describe("for tasks of Flyte's own Python SDK", () => {
  test('results are found under one key, whether they were computed by a run or by a child', async () => {
    const { CACHE_HIT, CACHE_POPULATED } = CatalogCacheStatus
    await start('first', 'calls', { x: 1, note: 'a' })
    expect((await ended('first')).result).toBe(2)
    expect((await childrenOf('first')).map(cacheOf)).toEqual([
      { status: CACHE_POPULATED, from: undefined },
      { status: CACHE_POPULATED, from: undefined },
    ])
    // An input that is ignored does not count; a task without outputs is cached, too.
    await start('second', 'calls', { x: 1, note: 'b' })
    expect((await ended('second')).result).toBe(2)
    expect((await childrenOf('second')).map(cacheOf)).toEqual([
      { status: CACHE_HIT, from: 'first' },
      { status: CACHE_HIT, from: 'first' },
    ])
    await start('third', 'cached', { x: 1, note: 'c' })
    const { root, result } = await ended('third')
    expect([result, cacheOf(root)]).toEqual([2, { status: CACHE_HIT, from: 'first' }])
  })

  test('an attempt goes on from what was saved, although the one before it saved nothing', async () => {
    await start('saves', 'saves')
    const { root, result } = await ended('saves')
    expect([result, root.status?.attempts]).toEqual(['half', 3])
    const { QUEUED, RUNNING, FAILED, SUCCEEDED } = ActionPhase
    const phases = root.attempts.map(({ phaseTransitions }) => {
      expect(phaseTransitions.every(({ startTime, endTime }) => startTime !== undefined && endTime !== undefined)).toBe(
        true,
      )
      return phaseTransitions.map(({ phase }) => phase).filter((phase) => phase !== ActionPhase.INITIALIZING)
    })
    expect(phases).toEqual([
      [QUEUED, RUNNING, FAILED],
      [QUEUED, RUNNING, FAILED],
      [QUEUED, RUNNING, SUCCEEDED],
    ])
  })

  test('a report is read while the task runs and after, and conditions, groups and traces are seen', async () => {
    await start('shows', 'shows', { x: 3 })
    const rpc = createRpcClient(DataProxyService, createConnectTransport({ baseUrl: project.url, httpVersion: '1.1' }))
    const run = { org: 'tern', project: 'flytesnacks', domain: 'development', name: 'shows' }
    const report = async (): Promise<string> => {
      const actionAttemptId = { actionId: { run, name: 'a0' }, attempt: 1 }
      const source = { case: 'actionAttemptId', value: actionAttemptId } as const
      const { preSignedUrls } = await rpc.createDownloadLink({ artifactType: ArtifactType.REPORT, source })
      return (await fetch(preSignedUrls?.signedUrl[0] ?? '')).text()
    }
    const asked = async () => (await childrenOf('shows')).find(({ spec }) => spec.case === 'condition')
    await expect.poll(async () => (await asked())?.status?.phase).toBe(ActionPhase.PAUSED)
    expect(await report()).toContain('<b>halfway</b>')
    const condition = await asked()
    expect(condition?.metadata?.group).toBe('asked')
    const signal = (value: Parameters<TernClient['signal']>[3]) =>
      client.signal('shows', condition?.id?.name ?? '', 'a0', value)
    await expect(signal({ case: 'stringValue', value: 'five' })).rejects.toThrow('takes an integer')
    await signal({ case: 'intValue', value: 5n })
    expect((await ended('shows')).result).toBe('9')
    expect(await report()).toContain('<b>done</b>')
    const traces = (await childrenOf('shows')).filter(({ spec }) => spec.case === 'trace')
    expect(traces).toMatchObject([{ status: { phase: ActionPhase.SUCCEEDED } }])
  })

  test('a step that failed is made again if its error may pass, and no step twice whose result is known', async () => {
    const notes = join(project.folder, 'notes')
    await start('traced', 'traces_errors', { notes })
    expect((await ended('traced')).result).toBe('2 never 2 1')
    const steps = (await childrenOf('traced')).map(({ metadata, status, result }) => [
      metadata?.spec.case === 'trace' ? metadata.spec.value.name : '',
      status?.phase,
      result.case === 'errorInfo' ? result.value.message : '',
    ])
    expect(Object.fromEntries(steps.map(([name, ...rest]) => [name, rest]))).toEqual({
      flaky_step: [ActionPhase.SUCCEEDED, ''],
      final_step: [ActionPhase.FAILED, 'NonRecoverableError: never'],
    })
  })
})
