import { Code, createClient, createContextValues } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase } from '@tern/idl/common'
import { InternalRunService } from '@tern/idl/workflow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OwnedElsewhereError } from '../engine/owned-elsewhere.ts'
import { forwardedHeader } from '../replicas/ask-owner.ts'
import { atOwner } from './at-owner.ts'
import { createClients } from './test/clients.ts'
import { anEvent, aRecord } from './test/external.ts'
import { idOf } from './test/runs.ts'
import { startApi, type TestApi } from './test/start-api.ts'

let owner: TestApi

beforeAll(async () => {
  owner = await startApi()
})

afterAll(() => owner.close())

const run = { project: 'p', domain: 'd', run: 'r' }

function aCall(headers: Record<string, string> = {}) {
  return {
    requestHeader: new Headers(headers),
    signal: new AbortController().signal,
    values: createContextValues(),
  }
}

test('what is here is done here', async () => {
  const there = () => Promise.reject(new Error('nobody is to be asked'))
  expect(await atOwner(aCall(), { here: async () => 'here', there })).toBe('here')
})

test('what is elsewhere is done there', async () => {
  const clients = createClients(createConnectTransport({ baseUrl: owner.url, httpVersion: '1.1' }))
  await clients.internal.recordAction(aRecord('r1', 'a0'))
  const answer = await atOwner(aCall(), {
    here: () => Promise.reject(new OwnedElsewhereError(run, owner.url)),
    there: (transport, options) => {
      const events = [anEvent('r1', 'a0', ActionPhase.RUNNING)]
      return createClient(InternalRunService, transport).recordActionEvents({ events }, options)
    },
  })
  expect(answer.status).toMatchObject({ code: 0 })
  const { details } = await clients.runs.getActionDetails({ actionId: idOf('r1') })
  expect(details?.status?.phase).toBe(ActionPhase.RUNNING)
})

test('a server that cannot be reached is looked for again', async () => {
  const addresses = ['http://127.0.0.1:1', owner.url]
  const answer = await atOwner(aCall(), {
    here: () => Promise.reject(new OwnedElsewhereError(run, addresses.shift() ?? null)),
    there: (transport, options) => createClient(InternalRunService, transport).recordAction({}, options),
  })
  expect(answer.status?.code).toBe(Code.InvalidArgument)
})

test('what another server sent here is not sent on', async () => {
  const elsewhere = new OwnedElsewhereError(run, owner.url)
  const there = () => Promise.reject(new Error('nobody is to be asked'))
  const asked = atOwner(aCall({ [forwardedHeader]: '1' }), { here: () => Promise.reject(elsewhere), there })
  await expect(asked).rejects.toBe(elsewhere)
})
