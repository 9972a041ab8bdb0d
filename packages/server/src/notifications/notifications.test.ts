import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase } from '@tern/idl/common'
import { HttpMethod, NotificationState } from '@tern/idl/notification'
import { type InlineRuleSchema, RunSpecSchema } from '@tern/idl/task'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../api/test/clients.ts'
import { startServer, type TernServer } from '../server.ts'
import type { ServerOptions } from '../server-options.ts'
import { type MailReceiver, startMailReceiver } from './test/mail-receiver.ts'
import { type Receiver, startReceiver } from './test/receiver.ts'

const place = { project: 'flytesnacks', domain: 'development' }
const { SUCCEEDED, FAILED, ABORTED, TIMED_OUT } = ActionPhase
const any = [SUCCEEDED, FAILED, ABORTED, TIMED_OUT]

type Rule = MessageInitShape<typeof InlineRuleSchema>

let dataDir: string
let tern: TernServer
let clients: Clients
let receiver: Receiver
let post: MailReceiver

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tern-notifications-'))
  receiver = await startReceiver()
  post = await startMailReceiver()
  await start()
})
afterEach(async () => {
  await tern.stop()
  receiver.server.close()
  post.stop()
  rmSync(dataDir, { recursive: true })
})

async function start(options: ServerOptions = {}): Promise<void> {
  const logger = pino({ level: 'silent' })
  tern = await startServer({ port: 0, dataDir, logger, abortGraceMs: 100, mail: { url: post.url }, ...options })
  clients = createClients(createConnectTransport({ baseUrl: tern.url, httpVersion: '1.1' }))
}

function webhook(onPhases: ActionPhase[], body?: unknown, changes: object = {}): Rule {
  const bodyTemplate = JSON.stringify(body ?? { run: '{{.Run.Name}}', phase: '{{.Phase}}', error: '{{.Error}}' })
  const value = { webhook: { url: receiver.url, method: HttpMethod.POST, bodyTemplate, ...changes } }
  return { onPhases, delivery: { case: 'deliveryTemplate', value } }
}

function email(onPhases: ActionPhase[], inline: object = {}): Rule {
  const texts = {
    subject: 'Run {{.Run.Name}} {{.Phase}}',
    textTemplate: 'Why: {{.Error}}',
    htmlTemplate: 'No HTML body',
  }
  const to = [{ address: 'ops@example.com', name: 'Ops' }]
  const content = { case: 'inline' as const, value: { ...texts, ...inline } }
  const value = { email: { to, cc: [{ address: 'boss@example.com' }], content } }
  return { onPhases, delivery: { case: 'deliveryTemplate', value } }
}

async function run(name: string, script: string, rules: ReadonlyArray<Rule>, changes: object = {}): Promise<void> {
  const container = { image: 'none', command: ['sh', '-c', script] }
  await clients.runs.createRun({
    id: { case: 'runId', value: { ...place, name } },
    runSpec: create(RunSpecSchema, {
      notificationSettings: { case: 'notificationRules', value: { rules: [...rules] } },
      ...changes,
    }),
    task: {
      case: 'taskSpec',
      value: {
        taskTemplate: {
          id: { ...place, name: 'env.main', version: 'v1' },
          type: 'raw-container',
          target: { case: 'container', value: container },
        },
      },
    },
  })
}

const statesOf = async (name: string) =>
  (await clients.notifications.listNotifications({ runId: { ...place, name } })).notifications
const stateOf = async (name: string, index = 0) => (await statesOf(name))[index]?.state

describe('a notification', () => {
  test('is sent when its run has ended in one of its phases, and that is recorded', async () => {
    await run('good', 'true', [webhook([FAILED]), webhook([SUCCEEDED, FAILED])])
    expect(await receiver.next()).toEqual({ run: 'good', phase: 'SUCCEEDED', error: '' })
    await expect.poll(() => stateOf('good', 1)).toBe(NotificationState.DELIVERED)
    expect(await statesOf('good')).toMatchObject([
      { state: NotificationState.SKIPPED, onPhases: [FAILED] },
      {
        kind: 'webhook',
        target: new URL(receiver.url).origin,
        failures: 0,
        message: '',
        deliveredAt: { nanos: expect.any(Number) },
      },
    ])
    expect(receiver.bodies).toEqual([])
  })

  test.each([
    ['fails', 'exit 3', 'FAILED', 'exit code 3', async () => {}],
    [
      'is aborted',
      'sleep 60',
      'ABORTED',
      'enough',
      (name: string) => clients.runs.abortRun({ runId: { ...place, name }, reason: 'enough' }),
    ],
  ] as const)('says why a run %s', async (_, script, phase, reason, act) => {
    await tern.stop()
    await start({ systemRetries: 0 })
    await run('bad', script, [webhook(any)])
    await act('bad')
    expect(await receiver.next()).toEqual({ run: 'bad', phase, error: expect.stringContaining(reason) })
  })

  test('is sent again until it is taken, and fails for good when it is refused', async () => {
    receiver.answers.push(503)
    await run('again', 'true', [webhook(any)])
    const first = await receiver.next()
    const failed = { state: NotificationState.SENDING, failures: 1, message: expect.stringContaining('answered 503') }
    await expect.poll(async () => (await statesOf('again'))[0]).toMatchObject(failed)
    expect(await receiver.next()).toEqual(first)
    await expect.poll(() => stateOf('again')).toBe(NotificationState.DELIVERED)
    receiver.answers.push(410)
    await run('refused', 'true', [webhook(any)])
    await expect.poll(() => stateOf('refused')).toBe(NotificationState.FAILED)
    expect((await statesOf('refused'))[0]).toMatchObject({
      failures: 1,
      message: expect.stringContaining('answered 410'),
    })
  })

  test('that was not taken when the server ended is sent by the next one', async () => {
    receiver.answers.push(503)
    await run('later', 'true', [webhook(any)])
    await receiver.next()
    await expect.poll(async () => (await statesOf('later'))[0]).toMatchObject({ failures: 1 })
    await tern.stop()
    await start()
    expect(await receiver.next()).toMatchObject({ run: 'later' })
    await expect.poll(() => stateOf('later')).toBe(NotificationState.DELIVERED)
  })

  test('of a run that ends after a restart is sent, and only once for a request that is repeated', async () => {
    await run('slow', 'sleep 0.5', [webhook(any)])
    await run('slow', 'sleep 0.5', [webhook(any)])
    await tern.stop()
    await start()
    expect(await receiver.next()).toMatchObject({ run: 'slow', phase: 'SUCCEEDED' })
    await expect.poll(() => stateOf('slow')).toBe(NotificationState.DELIVERED)
    expect(await statesOf('slow')).toHaveLength(1)
  })
})

describe('an email', () => {
  test('is sent through the mail server', async () => {
    await run('mailed', 'true', [email(any), email([SUCCEEDED], { htmlTemplate: '<b>{{.Run.Name}}</b>' })])
    await expect.poll(() => post.mails.length).toBe(2)
    const [plain, rich] = post.mails.toSorted((a, b) => a.text.length - b.text.length)
    expect(plain).toMatchObject({ from: 'tern@localhost', to: ['ops@example.com', 'boss@example.com'] })
    expect(plain?.text).toContain('Subject: Run mailed SUCCEEDED')
    expect(plain?.text).not.toContain('No HTML body')
    expect(rich?.text).toContain('<b>mailed</b>')
    expect(await statesOf('mailed')).toMatchObject([{ kind: 'email', target: 'ops@example.com' }, {}])
  })

  test('that the mail server does not take now is sent again', async () => {
    post.answers.push('451 later')
    await run('mailed', 'true', [email(any)])
    await expect.poll(() => post.mails.length, { timeout: 20_000 }).toBe(1)
  })

  test('that the mail server refuses is not sent again', async () => {
    post.answers.push('550 never')
    await run('mailed', 'true', [email(any)])
    await expect.poll(() => stateOf('mailed')).toBe(NotificationState.FAILED)
    expect((await statesOf('mailed'))[0]?.message).toContain('550 never')
  })

  test('is refused where there is no mail server', async () => {
    await tern.stop()
    await start({ mail: undefined })
    await expect(run('mailed', 'true', [email(any)])).rejects.toThrow('this server has no mail server')
    await expect(statesOf('mailed')).rejects.toThrow('does not exist')
  })
})

describe('what cannot be sent', () => {
  const change = (rule: Rule, changes: object): Rule => ({ ...rule, ...changes })
  const named = (value: string) => ({ delivery: { case: 'deliveryConfigName' as const, value } })
  test.each<[string, () => Rule, string]>([
    ['without phases', () => webhook([]), 'rules[0].on_phases: value is required'],
    ['in a phase that goes on', () => webhook([ActionPhase.PAUSED]), 'PAUSED is no phase that a run ends in'],
    ['of a config', () => change(webhook(any), named('oncall')), 'there is no "oncall"'],
    [
      'to nobody',
      () => change(webhook(any), { delivery: { case: 'deliveryTemplate', value: {} } }),
      'at least one of the delivery options',
    ],
    [
      'to a file',
      () => webhook(any, {}, { url: 'file:///etc/passwd' }),
      'webhook.url: "file:///etc/passwd" is no address',
    ],
    ['by TRACE', () => webhook(any, {}, { method: HttpMethod.TRACE }), 'TRACE is no method'],
    ['with a broken header', () => webhook(any, {}, { headers: { 'a b': 'c' } }), 'webhook.headers'],
  ])('%s is refused', async (_, rule, message) => {
    await expect(run('r1', 'true', [rule()])).rejects.toThrow(message)
  })

  test('by a rule with a name is refused', async () => {
    const changes = { notificationSettings: { case: 'notificationRuleName', value: 'alerts' } }
    await expect(run('r1', 'true', [], changes)).rejects.toThrow(
      'notification_rule_name: this server has no rules with names',
    )
  })
})
