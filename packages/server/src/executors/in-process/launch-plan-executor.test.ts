import { FailedPreconditionError } from '@tern/core'
import { createStorage } from '@tern/core/storage'
import { ActionPhase } from '@tern/idl/common'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PlanFullError } from '../../engine/run-places.ts'
import { aRun, aSpec, runKey, startEngine, type TestEngine } from '../../engine/test/fixtures.ts'
import { workflowExecutors } from '../../workflows/test/executors.ts'
import { call, variables, workflow, workflowSpec } from '../../workflows/test/graphs.ts'
import type { LaunchPlanResolver } from './launch-plan-executor.ts'

let folder: string
let tern: TestEngine
let launch: LaunchPlanResolver['launch']

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-plan-nodes-'))
  const storage = createStorage(folder, { fsync: false })
  launch = async (_run, _plan, inputs) => ({
    spec: aSpec('env.launched'),
    inputs,
    cacheKey: '',
    terms: { project: runKey.project, domain: 'production' },
  })
  const plans: LaunchPlanResolver = { launch: (...called) => launch(...called) }
  tern = await startEngine(undefined, { before: (host) => workflowExecutors(host, storage, plans) })
})
afterEach(async () => {
  await tern.close()
  rmSync(folder, { recursive: true })
})

const plan = { launchPlan: { name: 'nightly', domain: 'production', interface: { outputs: variables(['y']) } } }

function start(): Promise<unknown> {
  const of = workflow({ entities: [plan], nodes: [call('n0', 0)] })
  return tern.engine.createRun(aRun({ spec: workflowSpec(of) }))
}

async function failure() {
  await expect.poll(async () => (await tern.stored('a0'))?.state.phase, { timeout: 20_000 }).toBe(ActionPhase.FAILED)
  return (await tern.stored('a0'))?.state.failure
}

const noneActive = () => {
  throw new FailedPreconditionError('launch plan nightly has no active version', { hint: 'Activate one.' })
}

test('a node goes on with the run that it has started, whatever has become of the plan', async () => {
  await start()
  const before = await tern.executor.attempt('a0')
  launch = noneActive
  tern = await tern.restart()
  const after = await tern.executor.attempt('a0')
  expect(after.run).toEqual(before.run)
  tern.executor.host.succeeded(after.handle, { bytes: new Uint8Array() }, 0, Date.now())
  await expect.poll(async () => (await tern.stored('a0'))?.state.phase).toBe(ActionPhase.SUCCEEDED)
})

test('a node of a plan of which no version is active (L-14) fails, and says what to do', async () => {
  launch = noneActive
  await start()
  expect(await failure()).toMatchObject({
    code: 'LaunchPlanNotFound',
    message: 'node n0 failed: launch plan nightly has no active version. Activate one.',
    kind: 'user',
    recoverable: false,
  })
})

test('a node of a plan that lets no more run (L-13) fails, and may be tried again', async () => {
  launch = () => {
    throw new PlanFullError('launch plan nightly has 1 run under way', ['r1'])
  }
  await start()
  expect(await failure()).toMatchObject({
    code: 'LaunchPlanFull',
    message: 'node n0 failed: launch plan nightly has 1 run under way',
    recoverable: true,
  })
})
