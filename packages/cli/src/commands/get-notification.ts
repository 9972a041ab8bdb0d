import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

export function getNotificationCommand(io: CliIo): Command {
  const command = new Command('notification')
    .alias('notifications')
    .description('show whom a run tells of its end, and whether they have taken it')
    .argument('<run>', 'its name')
    .addHelpText('after', examples(['tern get notification r4xk2 -o json', 'with when each is sent again, and why']))
  return serverCommand<ConnectionOptions>(command, io, async ({ client, print }, run) => {
    const { notificationsText, toNotificationView } = await import('../views/notification-view.ts')
    await print((await client.notifications.list(run ?? '')).map(toNotificationView), notificationsText)
  })
}
