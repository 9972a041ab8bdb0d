import { Code } from '@connectrpc/connect'
import { ActionPhase, RelationType } from '@tern/idl/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, outputsOf, place } from '../test/fixtures.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

let serial = 0

eachTransport((transport) => {
  let clients: Clients
  let script: Script
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    script = new Script(api)
  })

  const fresh = () => `run-${++serial}`
  const id = (run: string, name = 'a0') => ({ run: { ...place, name: run }, name })

  /** A run whose child succeeded before its root failed. */
  async function failedRun(): Promise<string> {
    const run = fresh()
    await clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name: run } } }))
    await script.begin(run, 'a0')
    await script.enqueue(run, 'a0', 'c1')
    await script.succeed(run, 'c1', outputsOf(7))
    await script.fail(run, 'a0', { code: 'Error', message: 'boom' })
    return run
  }

  function recover(relatedTo: string, name: string, forceRerunActions: string[] = []) {
    const relation = { relatedTo: { ...place, name: relatedTo }, relationType: RelationType.RECOVER }
    return clients.runs.createRun(
      aRunRequest({
        id: { case: 'runId', value: { ...place, name } },
        runSpec: { relation, recover: { forceRerunActions } },
      }),
    )
  }

  test('a run is recovered, and shows from which', async () => {
    const [first, second] = [await failedRun(), fresh()]
    await recover(first, second)
    await script.begin(second, 'a0')
    await script.enqueue(second, 'a0', 'c1')
    const child = await detailsAt(second, 'c1', ActionPhase.RECOVERED)
    expect(child?.metadata?.recoveredFrom).toMatchObject({ name: 'c1', run: { name: first } })
    const { outputs } = await clients.data.getActionData({ actionId: id(second, 'c1') })
    expect(outputs?.literals).toMatchObject([{ name: 'o0' }])
    const root = (await clients.runs.getActionDetails({ actionId: id(second) })).details
    expect(root?.metadata?.relation).toMatchObject({ relatedTo: { name: first }, relationType: RelationType.RECOVER })
    const { actions } = await clients.runs.listActions({ runId: { ...place, name: second } })
    expect(actions.map(({ metadata }) => metadata?.recoveredFrom?.run?.name)).toEqual([undefined, first])
  })

  test('names of actions that the run does not have mean nothing, and the others count', async () => {
    const [first, second] = [await failedRun(), fresh()]
    await recover(first, second, ['nothing', 'c1'])
    await script.begin(second, 'a0')
    await script.enqueue(second, 'a0', 'c1')
    await script.succeed(second, 'c1', outputsOf(8))
    expect((await detailsAt(second, 'c1', ActionPhase.SUCCEEDED))?.metadata?.recoveredFrom).toBeUndefined()
  })

  test('what cannot be recovered is refused', async () => {
    const run = await failedRun()
    await expectRefused(recover('nothing', fresh()), Code.NotFound, 'run nothing does not exist')
    await expectRefused(recover(run, fresh(), ['']), Code.InvalidArgument, 'force_rerun_actions')
    const live = fresh()
    await clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name: live } } }))
    await expectRefused(recover(live, fresh()), Code.FailedPrecondition, 'cannot be recovered yet')
    const lonely = aRunRequest({ runSpec: { recover: { forceRerunActions: ['c1'] } } })
    await expectRefused(clients.runs.createRun(lonely), Code.InvalidArgument, 'run_spec.recover')
  })

  async function detailsAt(run: string, name: string, phase: ActionPhase) {
    for await (const { details } of clients.runs.watchActionDetails({ actionId: id(run, name) })) {
      if (details?.status?.phase === phase) return details
    }
    return undefined
  }
})
