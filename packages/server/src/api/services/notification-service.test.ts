import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { ActionPhase } from '@tern/idl/common'
import { HttpMethod, NotificationState } from '@tern/idl/notification'
import { RunSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClients, type Clients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, place } from '../test/fixtures.ts'
import { freshName } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const rule = (url: string) => ({
  onPhases: [ActionPhase.FAILED, ActionPhase.ABORTED],
  delivery: { case: 'deliveryTemplate' as const, value: { webhook: { url, method: HttpMethod.POST } } },
})

eachTransport((transport) => {
  let clients: Clients
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
  })

  test('the notifications of a run are listed, without what may be secret in their addresses', async () => {
    const name = freshName('told')
    const rules = [rule('https://hooks.test/services/secret'), rule('https://other.test:8443/{{.Run.Name}}')]
    const runSpec = create(RunSpecSchema, { notificationSettings: { case: 'notificationRules', value: { rules } } })
    await clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name } }, runSpec }))
    const { notifications } = await clients.notifications.listNotifications({ runId: { ...place, name } })
    const { FAILED, ABORTED } = ActionPhase
    expect(notifications.map(({ kind, target, onPhases, state }) => [kind, target, onPhases, state])).toEqual([
      ['webhook', 'https://hooks.test', [FAILED, ABORTED], NotificationState.WAITING],
      ['webhook', 'https://other.test:8443', [FAILED, ABORTED], NotificationState.WAITING],
    ])
  })

  test('a run without any has none, and what is no run is not found', async () => {
    const name = freshName('quiet')
    await clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name } } }))
    expect((await clients.notifications.listNotifications({ runId: { ...place, name } })).notifications).toEqual([])
    const missing = clients.notifications.listNotifications({ runId: { ...place, name: 'none' } })
    await expectRefused(missing, Code.NotFound, 'run none does not exist')
    await expectRefused(clients.notifications.listNotifications({}), Code.InvalidArgument, 'run_id')
  })
})
