import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { HttpMethod, WebhookDeliveryTemplateSchema } from '@tern/idl/notification'
import { describe, expect, test } from 'vitest'
import { fillNotification, toNotificationRequest } from './notifications.ts'

const facts = { project: 'p', domain: 'd', run: 'r1', phase: 'FAILED', error: 'it said "no"\nand <b>left</b>' }
const request = (template: MessageInitShape<typeof WebhookDeliveryTemplateSchema>) =>
  toNotificationRequest(create(WebhookDeliveryTemplateSchema, template), facts)

test('texts say what is known of the run, and keep what is not', () => {
  const text = '{{.Run.Project}}/{{ .Run.Domain }}/{{.Run.Name}} {{.Phase}} {{.Other}} {{Phase}}'
  expect(fillNotification(text, facts)).toBe('p/d/r1 FAILED {{.Other}} {{Phase}}')
})

describe('a webhook', () => {
  test('has JSON, whatever the values are', () => {
    const body = { text: '{{.Error}}', deep: [{ n: 1, of: '{{.Run.Name}}' }, null] }
    const { body: sent = '' } = request({ url: 'http://x.test', bodyTemplate: JSON.stringify(body) })
    expect(JSON.parse(sent)).toEqual({ text: facts.error, deep: [{ n: 1, of: 'r1' }, null] })
  })

  test('has any other text as it is', () => {
    const headers = { 'Content-Type': 'text/plain', 'X-Why': '{{.Error}}' }
    expect(request({ url: 'http://x.test', headers, bodyTemplate: '{{.Phase}}!' })).toEqual({
      url: 'http://x.test',
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'x-why': 'it said "no" and <b>left</b>' },
      body: 'FAILED!',
    })
  })

  test('has an address that values do not break, and no body where the method has none', () => {
    const sent = request({ url: 'http://x.test/{{.Error}}?p={{.Phase}}', method: HttpMethod.GET, bodyTemplate: '{}' })
    expect(sent.url).toBe(`http://x.test/${encodeURIComponent(facts.error)}?p=FAILED`)
    expect([sent.method, sent.body]).toEqual(['GET', undefined])
  })
})
