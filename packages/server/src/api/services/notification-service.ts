import { fromBinary } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { NotFoundError, toTimestamp } from '@tern/core'
import type { NotificationService, RunNotification } from '@tern/idl/notification'
import { InlineRuleSchema } from '@tern/idl/task'
import { targetOf } from '../../notifications/notifications.ts'
import type { NotificationRow } from '../../store/notifications-repository.ts'
import type { ApiDomain } from '../domain.ts'

/** What became of the notifications of runs. */
export function createNotificationService({
  notifications,
  repositories,
}: ApiDomain): ServiceImpl<typeof NotificationService> {
  return {
    async listNotifications({ runId }) {
      const { project = '', domain = '', name: run = '' } = runId ?? {}
      const key = { project, domain, run }
      if ((await repositories.runs.findRequest(key)) === undefined) {
        throw new NotFoundError(`run ${run} does not exist in ${project}/${domain}`)
      }
      return { notifications: (await notifications.list(key)).map(toNotification) }
    },
  }
}

function toNotification(row: NotificationRow): RunNotification {
  const rule = fromBinary(InlineRuleSchema, row.rule)
  return {
    $typeName: 'tern.notification.v1.RunNotification',
    onPhases: rule.onPhases,
    ...targetOf(rule),
    state: row.state,
    failures: row.failures,
    message: row.message,
    ...(row.nextAttemptAt !== null && { nextAttemptAt: toTimestamp(row.nextAttemptAt) }),
    ...(row.deliveredAt !== null && { deliveredAt: toTimestamp(row.deliveredAt) }),
  }
}
