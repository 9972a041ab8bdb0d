import { create, type DescMessage, type Message, type MessageInitShape } from '@bufbuild/protobuf'
import { EnqueueRequestSchema } from '@tern/idl/actions'
import { SelectClusterRequestSchema } from '@tern/idl/cluster'
import { DeployTaskRequestSchema } from '@tern/idl/task'
import { CreateRunRequestSchema, ListRunsRequestSchema } from '@tern/idl/workflow'
import { expect, test } from 'vitest'
import { fillOrg } from './fill-org.ts'

/** Sends a message through the interceptor, and returns what comes out. */
async function send<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Promise<Message> {
  const message = create(schema, init)
  const request = { stream: false, method: { input: schema }, message }
  const next = async (seen: unknown) => seen
  const seen = await fillOrg('tern')(next as never)(request as never)
  return (seen as unknown as { message: Message }).message
}

test('identifiers get the organisation where they have none', async () => {
  const name = { project: 'p', domain: 'd', name: 'n' }
  expect(
    await send(CreateRunRequestSchema, {
      id: { case: 'runId', value: name },
      task: { case: 'taskSpec', value: { taskTemplate: { id: name } } },
      runSpec: { relation: { relatedTo: { ...name, org: 'other' } } },
    }),
  ).toMatchObject({
    id: { value: { org: 'tern' } },
    task: { value: { taskTemplate: { id: { org: 'tern' } } } },
    runSpec: { relation: { relatedTo: { org: 'other' } } },
  })
})

test('so do those in lists and below other messages', async () => {
  const name = { project: 'p', domain: 'd', name: 'n' }
  const trigger = { name: 't', spec: { runSpec: { relatedTo: name } } }
  expect(await send(DeployTaskRequestSchema, { taskId: name, triggers: [trigger, trigger] })).toMatchObject({
    taskId: { org: 'tern' },
    triggers: [
      { spec: { runSpec: { relatedTo: { org: 'tern' } } } },
      { spec: { runSpec: { relatedTo: { org: 'tern' } } } },
    ],
  })
  expect(
    await send(EnqueueRequestSchema, {
      action: { actionId: { run: name }, spec: { case: 'task', value: { id: name } } },
    }),
  ).toMatchObject({ action: { actionId: { run: { org: 'tern' } }, spec: { value: { id: { org: 'tern' } } } } })
})

test('a scope that is an organisation gets it when it is chosen', async () => {
  expect(await send(ListRunsRequestSchema, { scopeBy: { case: 'org', value: '' } })).toMatchObject({
    scopeBy: { case: 'org', value: 'tern' },
  })
  expect(await send(ListRunsRequestSchema, {})).toMatchObject({ scopeBy: { case: undefined } })
  expect(await send(SelectClusterRequestSchema, { resource: { case: 'orgId', value: {} } })).toMatchObject({
    resource: { value: { name: 'tern' } },
  })
})
