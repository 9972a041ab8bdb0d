import { HttpMethod, type WebhookDeliveryTemplate } from '@tern/idl/notification'
import { isRecord } from './plain-object.ts'

/** What texts of notifications can say of a run that has ended. */
export interface NotificationFacts {
  readonly project: string
  readonly domain: string
  readonly run: string
  /** Its phase in words, `FAILED`. */
  readonly phase: string
  /** Why it did not succeed; empty for one that did. */
  readonly error: string
}

/** A request that is ready to be sent. */
export interface NotificationRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Absent for methods that have none. */
  readonly body?: string
}

const placeholder = /\{\{\s*\.(Run\.Project|Run\.Domain|Run\.Name|Phase|Error)\s*\}\}/g

/**
 * Fills the placeholders of Flyte's notifications: `{{.Run.Name}}`, `{{.Run.Project}}`, `{{.Run.Domain}}`, `{{.Phase}}` and
 * `{{.Error}}`. Others stay as they are.
 *
 * @param write how a value is written there, where not as it is
 */
export function fillNotification(
  template: string,
  facts: NotificationFacts,
  write: (value: string) => string = (value) => value,
): string {
  const values: Readonly<Record<string, string>> = {
    'Run.Project': facts.project,
    'Run.Domain': facts.domain,
    'Run.Name': facts.run,
    Phase: facts.phase,
    Error: facts.error,
  }
  return template.replace(placeholder, (_, name: string) => write(values[name] ?? ''))
}

/** The request of a webhook: values are written so that neither its address nor its JSON is broken by what they say. */
export function toNotificationRequest(
  template: WebhookDeliveryTemplate,
  facts: NotificationFacts,
): NotificationRequest {
  const method = httpMethodName(template.method)
  const filled = Object.entries(template.headers).map(([name, value]) => {
    return [name.toLowerCase(), fillNotification(value, facts, (text) => text.replace(/[^\x20-\x7e]+/g, ' '))] as const
  })
  const headers = { 'content-type': 'application/json', ...Object.fromEntries(filled) }
  const url = fillNotification(template.url, facts, encodeURIComponent)
  if (method === 'GET' || method === 'HEAD') return { url, method, headers }
  return { url, method, headers, body: fillBody(template.bodyTemplate, facts) }
}

/** Its name in HTTP; POST where nothing is said. */
export function httpMethodName(method: HttpMethod): string {
  const found = Object.entries(HttpMethod).find(([name, value]) => value === method && name !== 'UNSPECIFIED')
  return found?.[0] ?? 'POST'
}

function fillBody(template: string, facts: NotificationFacts): string {
  try {
    return JSON.stringify(fillTexts(JSON.parse(template), facts))
  } catch {
    return fillNotification(template, facts)
  }
}

function fillTexts(value: unknown, facts: NotificationFacts): unknown {
  if (typeof value === 'string') return fillNotification(value, facts)
  if (Array.isArray(value)) return value.map((item) => fillTexts(item, facts))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fillTexts(item, facts)]))
}
