import { create } from '@bufbuild/protobuf'
import { ActionPhase } from '@tern/idl/common'
import { type DeliveryConfigTemplate, DeliveryConfigTemplateSchema, HttpMethod } from '@tern/idl/notification'
import { type InlineRule, InlineRuleListSchema, InlineRuleSchema, type RunSpec } from '@tern/idl/task'
import { checkKeys, checkText, checkTexts, invalid, isRecord } from './check-values.ts'

// Texts can say {{.Run.Name}}, {{.Run.Project}}, {{.Run.Domain}}, {{.Phase}} and {{.Error}}.

/** How a run can end. */
export type EndPhase = 'succeeded' | 'failed' | 'aborted' | 'timedOut'

interface OnPhases {
  /** The ends that it tells of. */
  readonly on: EndPhase | readonly EndPhase[]
}

/** An e-mail when a run ends. */
export interface EmailNotification extends OnPhases {
  readonly to: string | readonly string[]
  readonly cc?: string | readonly string[] | undefined
  readonly bcc?: string | readonly string[] | undefined
  /** Defaults to the name of the run and its phase. */
  readonly subject?: string | undefined
  /** Defaults to what there is to say. */
  readonly text?: string | undefined
  /** Markup, beside the text; values in it are escaped. Defaults to none. */
  readonly html?: string | undefined
}

/** A message in a channel of Slack when a run ends. */
export interface SlackNotification extends OnPhases {
  /** The address of an incoming webhook of Slack. */
  readonly url: string
  /** Defaults to the name of the run and its phase. */
  readonly message?: string | undefined
  /** Blocks of Slack's Block Kit, instead of a message. */
  readonly blocks?: readonly Readonly<Record<string, unknown>>[] | undefined
}

/** A message in a channel of Microsoft Teams when a run ends. */
export interface TeamsNotification extends OnPhases {
  /** The address of an incoming webhook of Teams. */
  readonly url: string
  /** Defaults to the name of the run and its phase. */
  readonly title?: string | undefined
  readonly message?: string | undefined
  /** An adaptive card, instead of title and message. */
  readonly card?: Readonly<Record<string, unknown>> | undefined
}

/** An HTTP request when a run ends. */
export interface WebhookNotification extends OnPhases {
  readonly url: string
  /** Defaults to POST. */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE' | 'HEAD' | 'OPTIONS' | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON; a text, as it is. Defaults to run, project, domain, phase and error. */
  readonly body?: Readonly<Record<string, unknown>> | string | undefined
}

declare const made: unique symbol

/** What is sent when a run ends: made by `notify`, given to runs and triggers. */
export interface Notification {
  readonly [made]: true
}

const phases: Readonly<Record<EndPhase, ActionPhase>> = {
  succeeded: ActionPhase.SUCCEEDED,
  failed: ActionPhase.FAILED,
  aborted: ActionPhase.ABORTED,
  timedOut: ActionPhase.TIMED_OUT,
}

const heading = 'Run {{.Run.Name}} {{.Phase}}'
const details =
  'Run: {{.Run.Name}}\nProject/Domain: {{.Run.Project}}/{{.Run.Domain}}\nPhase: {{.Phase}}\nError: {{.Error}}\n'
const facts = {
  run: '{{.Run.Name}}',
  project: '{{.Run.Project}}',
  domain: '{{.Run.Domain}}',
  phase: '{{.Phase}}',
  error: '{{.Error}}',
}
const json = { 'Content-Type': 'application/json' }
// What Flyte's protocol has where there is none.
const noHtml = 'No HTML body'

/**
 * What is sent when a run ends. Texts can say `{{.Run.Name}}`, `{{.Run.Project}}`, `{{.Run.Domain}}`, `{{.Phase}}` and
 * `{{.Error}}`.
 *
 *     await run(train, inputs, { notify: notify.slack({ on: ['failed', 'timedOut'], url: process.env.SLACK_URL! }) })
 *
 * Each throws InvalidArgumentError naming the option that is wrong.
 */
export const notify = {
  /** Through the mail server that the server was started with. */
  email(options: EmailNotification): Notification {
    const { to, cc, bcc, subject = heading, text = details, html = noHtml } = options
    check('email', options, ['to', 'cc', 'bcc', 'subject', 'text', 'html'])
    const recipients = { to: addresses(to, 'to'), cc: addresses(cc, 'cc'), bcc: addresses(bcc, 'bcc') }
    if (recipients.to.length === 0) throw invalid('notify.to', 'notify.email: to must name somebody')
    const content = { case: 'inline', value: { subject, textTemplate: text, htmlTemplate: html } } as const
    return toRule(options, create(DeliveryConfigTemplateSchema, { email: { ...recipients, content } }))
  },

  slack(options: SlackNotification): Notification {
    check('slack', options, ['url', 'message', 'blocks'])
    checkOneOf('slack', options, ['message', 'blocks'])
    const { url, message = `${heading}\n{{.Run.Project}}/{{.Run.Domain}} {{.Error}}`, blocks } = options
    return toWebhook('slack', options, {
      url,
      headers: json,
      body: blocks === undefined ? { text: message } : { blocks },
    })
  },

  teams(options: TeamsNotification): Notification {
    check('teams', options, ['url', 'title', 'message', 'card'])
    checkOneOf('teams', options, ['title', 'card'])
    checkOneOf('teams', options, ['message', 'card'])
    const { url, title = heading, message = details, card } = options
    return toWebhook('teams', options, { url, headers: json, body: card ?? { title, text: message } })
  },

  webhook(options: WebhookNotification): Notification {
    check('webhook', options, ['url', 'method', 'headers', 'body'])
    checkTexts(options.headers, 'notify.headers')
    return toWebhook('webhook', options, options)
  },
} as const

type Sent = Pick<WebhookNotification, 'url' | 'method' | 'headers' | 'body'>

function toWebhook(
  kind: string,
  options: OnPhases,
  { url, method = 'POST', headers = {}, body = facts }: Sent,
): Notification {
  const known = Object.hasOwn(HttpMethod, method) && method !== ('UNSPECIFIED' as string)
  if (!known) throw invalid('notify.method', `notify.${kind}: there is no method ${JSON.stringify(method)}`)
  if (typeof url !== 'string' || !/^https?:\/\/\S/.test(url)) {
    throw invalid('notify.url', `notify.${kind}: url ${JSON.stringify(url)} must begin with http:// or https://`)
  }
  const bodyTemplate = typeof body === 'string' ? body : JSON.stringify(body)
  const webhook = { url, method: HttpMethod[method], headers: { ...headers }, bodyTemplate }
  return toRule(options, create(DeliveryConfigTemplateSchema, { webhook }))
}

function toRule({ on }: OnPhases, value: DeliveryConfigTemplate): Notification {
  const onPhases = (Array.isArray(on) ? (on as readonly EndPhase[]) : [on as EndPhase]).map((phase) => phases[phase])
  return create(InlineRuleSchema, {
    onPhases,
    delivery: { case: 'deliveryTemplate', value },
  }) as unknown as Notification
}

function check(kind: string, options: OnPhases, keys: readonly string[]): void {
  if (!isRecord(options)) throw invalid('notify', `notify.${kind} needs an object of options`)
  checkKeys(options, new Set(['on', ...keys]), `notify.${kind}`)
  const given = options as Readonly<Record<string, unknown>>
  for (const key of ['subject', 'text', 'html', 'message', 'title']) checkText(given[key], `notify.${kind}: ${key}`)
  const on: unknown = given['on']
  const ends: unknown[] = Array.isArray(on) ? on : [on]
  const wrong = ends.find((phase) => typeof phase !== 'string' || !Object.hasOwn(phases, phase))
  if (ends.length > 0 && wrong === undefined && ends.every((phase) => phase !== undefined)) return
  const known = Object.keys(phases).join(', ')
  throw invalid('notify.on', `notify.${kind}: on ${JSON.stringify(on)} must name ends of a run: ${known}`)
}

/** What stands instead of something else does not go with it. */
function checkOneOf(kind: string, options: object, keys: readonly [string, string]): void {
  const given = options as Readonly<Record<string, unknown>>
  if (keys.some((key) => given[key] === undefined)) return
  throw invalid(`notify.${keys[1]}`, `notify.${kind}: give either ${keys[0]} or ${keys[1]}, not both`)
}

function addresses(given: string | readonly string[] | undefined, field: string): { address: string }[] {
  const list = given === undefined ? [] : typeof given === 'string' ? [given] : given
  return list.map((address) => {
    if (typeof address === 'string' && /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address)) return { address }
    throw invalid(`notify.${field}`, `notify.email: ${field} ${JSON.stringify(address)} is no address`)
  })
}

/** The rules that notifications are on the wire. */
export function toRules(given: Notification | readonly Notification[] | undefined): readonly InlineRule[] {
  const list =
    given === undefined ? [] : Array.isArray(given) ? (given as readonly Notification[]) : [given as Notification]
  return list.map((each) => {
    const rule = each as unknown as InlineRule
    if (isRecord(each) && (rule.$typeName as string) === 'flyteidl2.task.InlineRule') return rule
    throw invalid('notify', 'notify must be what notify.email, notify.slack, notify.teams or notify.webhook made')
  })
}

/** What a run spec says of them. */
export function toNotificationSettings(
  given: Notification | readonly Notification[] | undefined,
): RunSpec['notificationSettings'] {
  const rules = toRules(given)
  if (rules.length === 0) return { case: undefined }
  return { case: 'notificationRules', value: create(InlineRuleListSchema, { rules: [...rules] }) }
}
