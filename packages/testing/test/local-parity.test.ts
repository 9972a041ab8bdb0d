import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { phaseName } from '@tern/core'
import { CatalogCacheStatus } from '@tern/idl/core'
import { type ActionDetails, ActionType } from '@tern/idl/workflow'
import { configure, run, type RunHandle } from '@tern/sdk'
import { createClient, type TernClient, toRunState } from '@tern/sdk/client'
import type { TernServer } from '@tern/server'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '@tern/test-support'
import {
  bySeenName,
  cases,
  type ParityCase,
  runName,
  type SeenAction,
  type SeenRun,
  toSeenError,
} from './parity/cases.ts'

// What runs in this process is what runs on a server: each case is made in both ways, and must come to the same.

let folder: string
let server: TernServer
let client: TernClient
let local: SeenRun[]
const remote: SeenRun[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-parity-'))
  server = await startTestServer({ abortGraceMs: 100, logger: pino({ level: 'silent' }) })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
  await client.secrets.create({ name: 'parity-key', value: 'hidden', scope: {} })
  const locally = runLocally()
  for (const [index, each] of cases.entries()) remote.push(await runRemotely(each, index))
  local = await locally
})

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function runLocally(): Promise<SeenRun[]> {
  const program = fileURLToPath(new URL('./parity/run-locally.ts', import.meta.url))
  writeFileSync(join(folder, '.env'), 'PARITY_KEY=hidden\n')
  const env = { ...process.env, TERN_LOCAL_DIR: folder, TMPDIR: folder }
  const options = { env, cwd: folder, timeout: 200_000, maxBuffer: 1 << 26 }
  const { stdout } = await promisify(execFile)(process.execPath, ['-C', '@tern/source', program], options)
  return JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? '[]') as SeenRun[]
}

async function runRemotely({ task, inputs = {}, options = {}, abort }: ParityCase, index: number): Promise<SeenRun> {
  const handle = await run(task, inputs, { ...options, name: runName(index) })
  if (abort !== undefined) {
    await until(async () => {
      const actions = await actionsOf(handle.name)
      return actions.length === 3 && actions.every(({ phase }) => phase === 'RUNNING')
    })
    await handle.abort(abort)
  }
  const answering = new AbortController()
  const answered = answer(handle.name, answering.signal)
  const { phase, attempts, error } = await handle.wait()
  answering.abort()
  await answered
  await until(async () => (await actionsOf(handle.name)).every((each) => isOver(each.phase)))
  return {
    phase,
    attempts,
    error: toSeenError(error),
    ...(await outputsOf(handle)),
    actions: await actionsOf(handle.name),
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Gives the condition `count` its value, if the run has one. */
async function answer(name: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const found = (await actionsOf(name)).find(({ title, phase }) => title === 'count' && phase === 'PAUSED')
    if (found !== undefined) return client.signal(name, found.name, found.parent, { case: 'intValue', value: 3n })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const isOver = (phase: string) => ['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT'].includes(phase)

async function actionsOf(name: string): Promise<SeenAction[]> {
  const seen: SeenAction[] = []
  for await (const { id } of client.listActions(name)) seen.push(toSeen(await client.getAction(name, id?.name)))
  return seen.toSorted(bySeenName)
}

function toSeen(details: ActionDetails): SeenAction {
  const { id, metadata, status, attempts } = details
  const type = metadata?.actionType
  const isTask = type !== ActionType.TRACE && type !== ActionType.CONDITION
  const last = attempts.at(-1)
  const cache = last?.cacheStatus ?? status?.cacheStatus ?? CatalogCacheStatus.CACHE_DISABLED
  return {
    name: id?.name ?? '',
    parent: metadata?.parent ?? '',
    kind: isTask ? 'task' : type === ActionType.TRACE ? 'trace' : 'condition',
    title: titleOf(metadata?.spec),
    group: metadata?.group ?? '',
    phase: phaseName(status?.phase ?? 0),
    attempts: isTask ? attempts.map(({ phase }) => phaseName(phase)) : [],
    cache: isTask ? (cacheNames[cache] ?? String(cache)) : 'disabled',
    hasSource: false,
    error: toSeenError(toRunState('', details).error),
  }
}

const cacheNames: Readonly<Record<number, string>> = {
  [CatalogCacheStatus.CACHE_DISABLED]: 'disabled',
  [CatalogCacheStatus.CACHE_MISS]: 'miss',
  [CatalogCacheStatus.CACHE_HIT]: 'hit',
  [CatalogCacheStatus.CACHE_POPULATED]: 'populated',
}

function titleOf(spec: NonNullable<ActionDetails['metadata']>['spec'] | undefined): string {
  if (spec?.case === 'task') return spec.value.id?.name ?? ''
  return spec?.case === 'trace' || spec?.case === 'condition' ? spec.value.name : ''
}

async function outputsOf(handle: RunHandle<unknown>): Promise<{ thrown: string; outputs: unknown }> {
  try {
    return { thrown: '', outputs: (await handle.outputs()) ?? null }
  } catch (error) {
    const { name, message } = error as Error
    return { thrown: `${name}: ${message}`, outputs: null }
  }
}

describe('a local run comes to the same as one on a server', () => {
  test.each(cases.map(({ name }, index) => [name, index] as const))('%s', (_, index) => {
    const here = local[index]
    const there = remote[index]
    expect(here).toBeDefined()
    expect(withoutSource(here!)).toEqual(withoutSource(there!))
  })

  test('a cached result says where it is from', () => {
    const hits = local.flatMap(({ actions }) => actions).filter(({ cache }) => cache === 'hit')
    expect(hits.length).toBeGreaterThan(3)
    expect(hits.every(({ hasSource }) => hasSource)).toBe(true)
  })
})

function withoutSource(seen: SeenRun): SeenRun {
  return { ...seen, actions: seen.actions.map((action) => ({ ...action, hasSource: false })) }
}
