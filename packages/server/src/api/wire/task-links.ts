import type { TaskLog } from '@tern/idl/core'
import type { ActionDetails } from '@tern/idl/workflow'
import type { AttemptDetails } from '../../events/attempt-details.ts'
import type { ActionRow } from '../../store/actions-repository.ts'
import type { RunSummary } from '../../store/runs-repository.ts'

export interface LinkedAttempt {
  readonly org: string
  readonly run: RunSummary
  readonly action: ActionRow
  readonly attempt: number
  readonly reported: AttemptDetails | undefined
}

/**
 * The links that a task has for one of its attempts: their placeholders, `{{.runName}}` and the like, are filled as is right
 * within an address. One that an executor reported under the same name is more exact.
 */
export function linksOf(spec: ActionDetails['spec'], linked: LinkedAttempt): TaskLog[] {
  const template = spec.case === 'task' ? spec.value.taskTemplate : undefined
  const reported = linked.reported?.logInfo ?? []
  const own = template?.metadata?.logLinks ?? []
  if (own.length === 0) return [...reported]
  const known = new Set(reported.map(({ name }) => name))
  const values = valuesOf(template?.id?.name ?? '', linked)
  const missing = own.filter(({ name }) => !known.has(name))
  return [...reported, ...missing.map((link) => ({ ...link, uri: fill(link.uri, values), ready: true }))]
}

function valuesOf(
  taskName: string,
  { org, run, action, attempt, reported }: LinkedAttempt,
): ReadonlyMap<string, string> {
  const podName = reported?.logContext?.primaryPodName ?? ''
  const values = {
    org,
    project: run.key.project,
    domain: run.key.domain,
    runName: run.key.run,
    actionName: action.name,
    taskName,
    attempt: String(attempt),
    ...(podName === '' ? {} : { podName }),
  }
  return new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Placeholders that stand for nothing here stay as they are. */
function fill(uri: string, values: ReadonlyMap<string, string>): string {
  return uri.replace(/\{\{\s*[.$](\w+)\s*\}\}/g, (placeholder, name: string) => {
    const value = values.get(name.toLowerCase())
    return value === undefined ? placeholder : encodeURIComponent(value)
  })
}
