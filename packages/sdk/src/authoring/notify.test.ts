import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidArgumentError } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { HttpMethod } from '@tern/idl/notification'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { notify, toNotificationSettings, toRules } from './notify.ts'
import { run } from './run.ts'
import { definitionOf } from './task.ts'
import { TaskEnvironment } from './task-environment.ts'
import { toTaskTriggers } from './task-triggers.ts'

const { SUCCEEDED, FAILED, ABORTED, TIMED_OUT } = ActionPhase

/** What a notification is on the wire. */
function sent(notification: Parameters<typeof toRules>[0]) {
  const [rule] = toRules(notification)
  const template = rule?.delivery.case === 'deliveryTemplate' ? rule.delivery.value : undefined
  return { onPhases: rule?.onPhases, ...template }
}

const bodyOf = (notification: Parameters<typeof toRules>[0]) =>
  JSON.parse(sent(notification).webhook?.bodyTemplate ?? '')

describe('on the wire, as Python’s SDK has it,', () => {
  test('an email has recipients and texts', () => {
    const mail = notify.email({ on: 'failed', to: 'a@b.c', cc: ['d@e.f'], subject: 'S', text: 'T' })
    expect(sent(mail)).toMatchObject({
      onPhases: [FAILED],
      email: {
        to: [{ address: 'a@b.c' }],
        cc: [{ address: 'd@e.f' }],
        bcc: [],
        content: { case: 'inline', value: { subject: 'S', textTemplate: 'T', htmlTemplate: 'No HTML body' } },
      },
    })
    const usual = sent(notify.email({ on: 'failed', to: 'a@b.c' })).email?.content.value
    expect(usual).toMatchObject({ subject: 'Run {{.Run.Name}} {{.Phase}}' })
  })

  test('messages to Slack and Teams are webhooks with what these take', () => {
    const url = 'https://hooks.test/x'
    const slack = notify.slack({ on: ['succeeded', 'timedOut'], url, message: 'done' })
    expect(sent(slack)).toMatchObject({
      onPhases: [SUCCEEDED, TIMED_OUT],
      webhook: { url, method: HttpMethod.POST, headers: { 'Content-Type': 'application/json' } },
    })
    expect(bodyOf(slack)).toEqual({ text: 'done' })
    expect(bodyOf(notify.slack({ on: 'failed', url, blocks: [{ type: 'divider' }] }))).toEqual({
      blocks: [{ type: 'divider' }],
    })
    expect(bodyOf(notify.teams({ on: 'aborted', url, title: 'T', message: 'M' }))).toEqual({ title: 'T', text: 'M' })
    expect(bodyOf(notify.teams({ on: 'aborted', url, card: { type: 'AdaptiveCard' } }))).toEqual({
      type: 'AdaptiveCard',
    })
  })

  test('a webhook has what it is given, or the facts', () => {
    const url = 'https://x.test/{{.Run.Name}}'
    expect(
      sent(notify.webhook({ on: 'aborted', url, method: 'PUT', headers: { a: 'b' }, body: 'text' })),
    ).toMatchObject({
      onPhases: [ABORTED],
      webhook: { url, method: HttpMethod.PUT, headers: { a: 'b' }, bodyTemplate: 'text' },
    })
    expect(bodyOf(notify.webhook({ on: 'failed', url }))).toMatchObject({ run: '{{.Run.Name}}', error: '{{.Error}}' })
  })

  test('a run spec without any says nothing', () => {
    expect(toNotificationSettings(undefined)).toEqual({ case: undefined })
    const both = [notify.email({ on: 'failed', to: 'a@b.c' }), notify.webhook({ on: 'failed', url: 'http://x.test' })]
    expect(toNotificationSettings(both)).toMatchObject({ case: 'notificationRules', value: { rules: [{}, {}] } })
  })
})

test.each<[string, () => unknown, string]>([
  ['no end', () => notify.email({ on: [], to: 'a@b.c' }), 'notify.email: on [] must name ends of a run: succeeded'],
  ['another phase', () => notify.webhook({ on: 'running' as 'failed', url: 'http://x.test' }), 'on "running"'],
  ['nobody', () => notify.email({ on: 'failed', to: [] }), 'to must name somebody'],
  ['what is no address', () => notify.email({ on: 'failed', to: 'ops' }), 'to "ops" is no address'],
  ['what is no URL', () => notify.slack({ on: 'failed', url: 'hooks.slack.com' }), 'must begin with http'],
  ['another method', () => notify.webhook({ on: 'failed', url: 'http://x.test', method: 'BREW' as 'GET' }), '"BREW"'],
  [
    'unknown options',
    () => notify.teams({ on: 'failed', url: 'http://x.test', text: 'x' } as never),
    'unknown option "text"',
  ],
  [
    'a message beside blocks',
    () => notify.slack({ on: 'failed', url: 'http://x.test', message: 'x', blocks: [] }),
    'give either message or blocks, not both',
  ],
  [
    'a title beside a card',
    () => notify.teams({ on: 'failed', url: 'http://x.test', title: 'x', card: {} }),
    'give either title or card, not both',
  ],
  ['what notify did not make', () => toRules({ on: 'failed' } as never), 'notify must be what notify.email'],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(InvalidArgumentError)
  expect(make).toThrow(message)
})

const env = new TaskEnvironment({ name: 'notifying' })

test('a trigger has them in the run spec of its runs', async () => {
  const told = notify.email({ on: 'failed', to: 'a@b.c' })
  const nightly = env.task({ name: 'nightly', triggers: { name: 'n', schedule: '@daily', notify: told } }, () => {})
  const [trigger] = await toTaskTriggers(definitionOf(nightly))
  expect(trigger?.spec?.runSpec?.notificationSettings.case).toBe('notificationRules')
  const wrong = { name: 'n', schedule: '@daily', notify: 'me' } as never
  expect(() => env.task({ name: 'wrong', triggers: wrong }, () => {})).toThrow('notify must be')
})

describe('a local run', () => {
  test('sends its own, once it has ended', async () => {
    const bodies: unknown[] = []
    const server = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      request.on('end', () => {
        bodies.push(JSON.parse(text))
        response.end()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const told = [notify.webhook({ on: 'failed', url }), notify.webhook({ on: 'succeeded', url })]
    const task = env.task({ name: 'fails', inputs: { fails: z.boolean() } }, ({ fails }) => {
      if (fails) throw new Error('as asked')
    })
    for (const fails of [true, false]) {
      const handle = await run.local(task, { fails }, { notify: told, name: fails ? 'bad' : 'good' })
      await handle.wait()
      await handle.settled()
    }
    server.close()
    expect(bodies).toMatchObject([
      { run: 'bad', phase: 'FAILED', error: expect.stringContaining('as asked') },
      { run: 'good', phase: 'SUCCEEDED', error: '' },
    ])
  })

  test('warns of what it cannot send', async () => {
    const warnings: string[] = []
    const listen = (warning: Error) => warnings.push(warning.message)
    process.on('warning', listen)
    const told = notify.email({ on: 'succeeded', to: 'a@b.c' })
    const handle = await run.local(
      env.task({ name: 'quiet' }, () => {}),
      {},
      { notify: told, name: 'quiet' },
    )
    await handle.settled()
    await expect.poll(() => warnings).toEqual([expect.stringContaining('no mail was sent to a@b.c for run quiet')])
    process.off('warning', listen)
  })
})
