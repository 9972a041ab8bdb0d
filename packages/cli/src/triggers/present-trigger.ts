import { NotFoundError } from '@tern/core'
import type { TernClient, TriggerReference } from '@tern/sdk/client'
import { localTime } from '../output/local-time.ts'
import type { TextStyle } from '../output/print-result.ts'
import { relativeTime } from '../output/relative-time.ts'
import { CommandError } from '../usage-error.ts'
import type { TriggerDetailsView } from '../views/trigger-view.ts'

/** Says what has become of a trigger, in a line or two. */
export function describeTrigger(done: string): (trigger: TriggerDetailsView, style: TextStyle) => string {
  return ({ name, task, taskVersion, active, schedule, nextAt, revision }, { colors, now, timeZone }) => {
    const next =
      nextAt === null
        ? `It is off: switch it on with tern update trigger ${task} ${name} --activate.`
        : `It fires ${schedule.text}; next ${localTime(nextAt, timeZone)} (${relativeTime(nextAt, now)}).`
    const idle = active && nextAt === null ? `It fires ${schedule.text}.` : next
    return `${done} trigger ${colors.bold(name)} of ${task}:${taskVersion}, revision ${revision}.\n${idle}\n`
  }
}

/** @throws CommandError when there is such a trigger */
export async function refuseExisting(client: TernClient, trigger: TriggerReference): Promise<void> {
  const found = await client.triggers.get(trigger).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined
    throw error
  })
  if (found === undefined) return
  const { task, name } = trigger
  throw new CommandError(`trigger ${name} of task ${task} exists already, at revision ${found.id?.revision ?? 0n}`, {
    hint: `Change it with tern update trigger ${task} ${name}.`,
  })
}
