import {
  FailedPreconditionError,
  fillNotification,
  httpMethodName,
  InvalidArgumentError,
  isTerminalPhase,
  phaseName,
} from '@tern/core'
import type { EmailDeliveryTemplate, WebhookDeliveryTemplate } from '@tern/idl/notification'
import type { InlineRule, RunSpec } from '@tern/idl/task'

const maxRules = 20
// What HTTP clients may not send.
const refusedMethods = new Set(['CONNECT', 'TRACE'])

/** What a server can do about notifications. */
export interface NotificationAbilities {
  /** It has a mail server. */
  readonly canMail: boolean
}

/**
 * The rules of a run.
 *
 * @throws InvalidArgumentError, naming the field, for a rule that cannot be kept, and FailedPreconditionError for mail where there is no
 * mail server
 */
export function rulesOf(
  { notificationSettings: settings }: RunSpec,
  abilities: NotificationAbilities,
  field = 'run_spec',
): ReadonlyArray<InlineRule> {
  if (settings.case === 'notificationRuleName' && settings.value !== '') {
    throw named(`${field}.notification_rule_name`, 'rules', settings.value)
  }
  if (settings.case !== 'notificationRules') return []
  const { rules } = settings.value
  if (rules.length > maxRules) {
    const message = `${field}.notification_rules: ${rules.length} rules, at most ${maxRules} are allowed`
    throw new InvalidArgumentError(message, { field: `${field}.notification_rules` })
  }
  for (const [index, rule] of rules.entries()) checkRule(rule, abilities, `${field}.notification_rules.rules[${index}]`)
  return rules
}

function checkRule({ onPhases, delivery }: InlineRule, { canMail }: NotificationAbilities, field: string): void {
  // The protocol has it; nothing is sent before a run has ended.
  const other = onPhases.find((phase) => !isTerminalPhase(phase))
  if (other !== undefined) throw invalid(`${field}.on_phases`, `${phaseName(other)} is no phase that a run ends in`)
  if (delivery.case === 'deliveryConfigName') {
    throw named(`${field}.delivery_config_name`, 'delivery configs', delivery.value)
  }
  const { webhook, email } = delivery.case === 'deliveryTemplate' ? delivery.value : {}
  if (webhook !== undefined) checkWebhook(webhook, `${field}.delivery_template.webhook`)
  if (email === undefined) return
  checkEmail(email, `${field}.delivery_template.email`)
  if (canMail) return
  throw new FailedPreconditionError(`${field}: this server has no mail server to send an email with`, {
    hint: 'Have it started with --smtp-url, or send a webhook.',
  })
}

const someRun = { project: 'p', domain: 'd', run: 'r', phase: 'FAILED', error: '' }

function checkWebhook(webhook: WebhookDeliveryTemplate, field: string): void {
  const url = fillNotification(webhook.url, someRun)
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalid(`${field}.url`, `${JSON.stringify(webhook.url)} is no address that begins with http:// or https://`)
  }
  const method = httpMethodName(webhook.method)
  if (refusedMethods.has(method)) throw invalid(`${field}.method`, `${method} is no method that notifications have`)
  try {
    new Headers(Object.entries(webhook.headers).map(([name, value]) => [name, fillNotification(value, someRun)]))
  } catch (error) {
    throw invalid(`${field}.headers`, error instanceof Error ? error.message : String(error))
  }
}

function checkEmail({ to, cc, bcc, content }: EmailDeliveryTemplate, field: string): void {
  if (to.length === 0) throw invalid(`${field}.to`, 'at least one recipient is required')
  for (const { address } of [...to, ...cc, ...bcc]) {
    if (!/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address))
      throw invalid(`${field}.to`, `${JSON.stringify(address)} is no address`)
  }
  if (content.case !== 'inline')
    throw invalid(`${field}.content`, 'its text is required: templates of others are not known here')
}

function named(field: string, what: string, name: string): InvalidArgumentError {
  return invalid(field, `this server has no ${what} with names, so there is no ${JSON.stringify(name)}: say it in full`)
}

function invalid(field: string, message: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: ${message}`, { field })
}
