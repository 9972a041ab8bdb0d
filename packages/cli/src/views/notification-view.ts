import { phaseName } from '@tern/core'
import { NotificationState, type RunNotification } from '@tern/idl/notification'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { ago } from './action-text.ts'
import { isoTime, textOrNull } from './wire-values.ts'

/** A notification of a run, as `-o json` shows it. */
export interface NotificationView {
  /** The phases that it is sent in. */
  readonly on: readonly string[]
  readonly kind: string
  readonly to: string
  readonly state: 'waiting' | 'sending' | 'delivered' | 'failed' | 'skipped' | 'unknown'
  /** How often it was not taken. */
  readonly failures: number
  /** Why, the last time. */
  readonly message: string | null
  readonly nextAttemptAt: string | null
  readonly deliveredAt: string | null
}

const states: Readonly<Record<number, NotificationView['state']>> = {
  [NotificationState.WAITING]: 'waiting',
  [NotificationState.SENDING]: 'sending',
  [NotificationState.DELIVERED]: 'delivered',
  [NotificationState.FAILED]: 'failed',
  [NotificationState.SKIPPED]: 'skipped',
}

export function toNotificationView(notification: RunNotification): NotificationView {
  const { onPhases, kind, target, state, failures, message, nextAttemptAt, deliveredAt } = notification
  return {
    on: onPhases.map(phaseName),
    kind,
    to: target,
    state: states[state] ?? 'unknown',
    failures,
    message: textOrNull(message),
    nextAttemptAt: isoTime(nextAttemptAt),
    deliveredAt: isoTime(deliveredAt),
  }
}

export function notificationsText(notifications: readonly NotificationView[], style: TextStyle): string {
  if (notifications.length === 0) return 'The run tells nobody of its end.\n'
  return renderTable<NotificationView>(
    notifications,
    [
      { title: 'ON', value: ({ on }) => on.join(', ') },
      { title: 'TO', value: ({ kind, to }) => `${kind} ${to}`, shrinks: true },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'SENT', value: ({ deliveredAt }) => ago(deliveredAt, style) },
      { title: 'PROBLEM', value: ({ message }) => message ?? '', shrinks: true },
    ],
    style,
  )
}
