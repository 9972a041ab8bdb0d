import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { create } from '@bufbuild/protobuf'
import { literalToJson, literalTypes, toLiteral } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema, RunSpecSchema, type TaskSpec } from '@tern/idl/task'
import { bundleFile, taskSpecOf } from '@tern/sdk/bundle'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '@tern/test-support'
import { flytePython } from '@tern/test-support/python'
import { down } from './nested-tasks.ts'

const exec = promisify(execFile)
const depth = 5

let server: Awaited<ReturnType<typeof startTestServer>>
let client: TernClient
let folder: string
let python: Awaited<ReturnType<typeof flytePython>>

// One of everything: an action that holds a place while it only waits for its children stands still for ever.
beforeAll(async () => {
  python = await flytePython()
  folder = mkdtempSync(join(tmpdir(), 'tern-nesting-'))
  cpSync(join(import.meta.dirname, 'python'), folder, { recursive: true })
  server = await startTestServer({
    python: python.python,
    queues: { one: { maxConcurrency: 1 } },
    capacity: { cpu: 1, memoryBytes: 2 ** 30 },
    maxWorkersPerPool: 1,
  })
  client = createClient({ endpoint: server.url })
}, 300_000)
afterAll(async () => {
  await server?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** A run of one of the tasks with a limit of one action at a time, and what it waited for. */
async function descend(spec: TaskSpec): Promise<{ readonly result: unknown; readonly waits: ReadonlySet<string> }> {
  const runSpec = create(RunSpecSchema, {
    maxActionConcurrency: 1,
    queue: 'one',
    envs: { values: [{ key: 'TERN_WORKER_CAPACITY', value: '1' }] },
  })
  const inputs = create(InputsSchema, { literals: [{ name: 'n', value: toLiteral(depth, literalTypes.integer()) }] })
  const run = (await client.createRun({ task: { spec }, inputs, runSpec })).action?.id?.run?.name ?? ''
  expect((await client.waitForAction(run)).status?.phase).toBe(ActionPhase.SUCCEEDED)
  const waits = new Set<string>()
  let count = 0
  for await (const { id } of client.listActions(run)) {
    count += 1
    for (const { clusterEvents } of (await client.getAction(run, id?.name)).attempts) {
      for (const { message } of clusterEvents) waits.add(message.replace(/:.*/, ''))
    }
  }
  expect(count).toBe(2 * depth + 1)
  const { outputs } = await client.getActionData(run)
  return { result: literalToJson(outputs!.literals[0]!.value!), waits }
}

describe('nesting deeper than every limit comes to its end', () => {
  test('of TypeScript tasks', async () => {
    const bundle = await bundleFile(join(import.meta.dirname, 'nested-tasks.ts'))
    const bundleUri = await client.uploadBundle(bundle)
    const { org, project, domain } = client.configuration
    const { result, waits } = await descend(taskSpecOf(down, { org, project, domain, version: 'v1', bundleUri }))
    expect(result).toBe(2 * depth + 1)
    expect([...waits]).toEqual(['waiting for a place in the run'])
  })

  test('of Python tasks', async () => {
    const place = ['--project', 'flytesnacks', '--domain', 'development']
    const endpoint = new URL(server.url).host.replace('127.0.0.1', 'localhost')
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, COLUMNS: '200', NO_COLOR: '1' }
    const flyte = (...args: string[]) => exec(python.flyte, args, { cwd: folder, env })
    await flyte('create', 'config', '--endpoint', endpoint, '--insecure', ...place)
    await flyte('run', '--name', 'first', '--queue', 'one', 'nested.py', 'down', '--n', '0')
    const { spec } = await client.waitForAction('first')
    if (spec.case !== 'task') throw new Error('the run has no task')
    const { result, waits } = await descend(spec.value)
    expect(result).toBe(2 * depth + 1)
    expect([...waits]).toEqual(['waiting for a place in the run'])
  })
})
