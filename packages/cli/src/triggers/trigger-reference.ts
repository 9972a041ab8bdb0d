import type { TernClient, TriggerReference } from '@tern/sdk/client'
import { orSuggest } from '../flags/not-found.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The task and the name of a trigger, in either order, since Flyte's command has the name first in some places: the task's
 * is the one with a dot.
 *
 * @throws UsageError when neither is the full name of a task
 */
export function toTriggerReference(first: string, second: string): TriggerReference {
  const [task, name] = !first.includes('.') && second.includes('.') ? [second, first] : [first, second]
  if (!/^[^.]+\..+$/.test(task)) {
    throw new UsageError(`${JSON.stringify(task)} is not the name of a deployed task`, {
      hint: 'Write ENV.TASK; `tern get task` lists them.',
    })
  }
  return { task, name }
}

/** What the server answers about a trigger; where there is none of that name, which one may have been meant. */
export function orSuggestTrigger<T>(
  answer: Promise<T>,
  { task, name }: TriggerReference,
  client: TernClient,
): Promise<T> {
  return orSuggest(answer, name, async function* () {
    for await (const trigger of client.triggers.list(task)) yield trigger.id?.name?.name ?? ''
  })
}
