import { Code } from '@connectrpc/connect'
import { ActionPhase } from '@tern/idl/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, place } from '../test/fixtures.ts'
import { startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const { FAILED, INITIALIZING, QUEUED, RUNNING, SUCCEEDED } = ActionPhase

function retriedTask() {
  const spec = aTaskSpec()
  spec.taskTemplate!.metadata!.retries = { $typeName: 'flyteidl2.core.RetryStrategy', retries: 1 }
  return { task: { case: 'taskSpec', value: spec } } as const
}

eachTransport((transport) => {
  let runs: Clients['runs']
  let script: Script
  beforeAll(() => {
    runs = createClients(transport.connect(api.url)).runs
    script = new Script(api)
  })

  test('ListActionTimes tells of each attempt when it was in which phase', async () => {
    const name = await startRun(runs, retriedTask())
    await script.fail(name, 'a0', { code: 'E', message: 'no' })
    await script.begin(name, 'a0', 2)
    const { actions } = await runs.listActionTimes({ runId: { ...place, name }, actionNames: ['a0', 'a0', 'nobody'] })
    expect(actions.map(({ actionName }) => actionName)).toEqual(['a0'])
    const phases = actions[0]?.attempts.map(({ attempt, phaseTransitions }) => [
      attempt,
      phaseTransitions.map(({ phase, endTime }) => [phase, endTime !== undefined]),
    ])
    expect(phases).toEqual([
      [
        1,
        [
          [QUEUED, true],
          [INITIALIZING, true],
          [RUNNING, true],
          [FAILED, true],
        ],
      ],
      [
        2,
        [
          [QUEUED, true],
          [INITIALIZING, true],
          [RUNNING, false],
        ],
      ],
    ])
  })

  test('ListActionTimes tells of several actions, in the order of their names', async () => {
    const name = await startRun(runs)
    await script.begin(name, 'a0')
    await script.enqueue(name, 'a0', 'c2')
    await script.enqueue(name, 'a0', 'c1')
    await script.succeed(name, 'c1')
    const { actions } = await runs.listActionTimes({ runId: { ...place, name }, actionNames: ['c2', 'c1'] })
    expect(actions.map(({ actionName }) => actionName)).toEqual(['c1', 'c2'])
    expect(actions[0]?.attempts[0]?.phaseTransitions.at(-1)?.phase).toBe(SUCCEEDED)
  })

  test('ListActionTimes refuses a run that there is none of, and too many names', async () => {
    await expectRefused(runs.listActionTimes({ runId: { ...place, name: 'nobody' } }), Code.NotFound, 'nobody')
    const name = await startRun(runs)
    const actionNames = Array.from({ length: 501 }, (_, index) => `c${index}`)
    await expectRefused(
      runs.listActionTimes({ runId: { ...place, name }, actionNames }),
      Code.InvalidArgument,
      'action_names',
    )
  })
})
