import { type NotificationFacts, toNotificationRequest } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import type { InlineRule } from '@tern/idl/task'

const answerTimeoutMs = 10_000

/**
 * Sends what a local run has to say at its end, once: there is nobody who would try again later. What cannot be sent is a warning
 * of the process.
 */
export async function sendLocally(
  rules: readonly InlineRule[],
  phase: ActionPhase,
  facts: NotificationFacts,
): Promise<void> {
  await Promise.all(rules.filter(({ onPhases }) => onPhases.includes(phase)).map((rule) => send(rule, facts)))
}

async function send({ delivery }: InlineRule, facts: NotificationFacts): Promise<void> {
  const { webhook, email } = delivery.case === 'deliveryTemplate' ? delivery.value : {}
  if (email !== undefined) {
    const recipients = email.to.map(({ address }) => address).join(', ')
    warn(`no mail was sent to ${recipients} for run ${facts.run}: local runs have no mail server`)
  }
  if (webhook === undefined) return
  const { url, method, headers, body = null } = toNotificationRequest(webhook, facts)
  try {
    const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(answerTimeoutMs) })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`it answered ${response.status}`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    warn(`${new URL(url).origin} was not told that run ${facts.run} has ended: ${reason}`)
  }
}

function warn(message: string): void {
  process.emitWarning(message, 'TernNotificationWarning')
}
