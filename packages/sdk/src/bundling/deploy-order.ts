import { FailedPreconditionError } from '@tern/core'
import { workflowOfTemplate, workflowTaskType } from '@tern/core/workflow'
import type { Entity } from '@tern/idl/graph'
import type { TaskSpec } from '@tern/idl/task'

/** Something of a file that is deployed, and what of the file has to be there before. */
export interface DeployItem {
  readonly kind: 'task' | 'plan'
  /** Of a task the full name. */
  readonly name: string
  /** Keys of other items; those that are not of the file are left out. */
  readonly needs: readonly string[]
}

/** What items are called among the needs of others. */
export function keyOf({ kind, name }: Pick<DeployItem, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

/**
 * What has to be there before others do: what a plan launches comes before it, and a plan before the workflows with nodes of it.
 * Otherwise the order stays.
 *
 * @throws FailedPreconditionError when two need each other
 */
export function inDeployOrder<T extends DeployItem>(items: readonly T[]): readonly T[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]))
  const ordered = new Set<T>()
  const visit = (item: T, path: readonly T[]): void => {
    if (ordered.has(item)) return
    if (path.includes(item)) throw needEachOther([...path.slice(path.indexOf(item)), item])
    for (const key of item.needs) {
      const needed = byKey.get(key)
      if (needed !== undefined) visit(needed, [...path, item])
    }
    ordered.add(item)
  }
  for (const item of items) visit(item, [])
  return [...ordered]
}

function needEachOther(circle: readonly DeployItem[]): FailedPreconditionError {
  const list = circle.map(({ kind, name }) => (kind === 'plan' ? `launch plan ${name}` : name)).join(' → ')
  return new FailedPreconditionError(`these need each other, so that none can be deployed first: ${list}`, {
    hint: 'Launch the plan from a task, or refer to what is deployed already: refLaunchPlan({ name, version }).',
  })
}

/**
 * The launch plans of the version that is being deployed which nodes of a workflow call.
 *
 * @param version of the deployment
 */
export function plansOf({ taskTemplate }: TaskSpec, version: string): string[] {
  if (taskTemplate?.type !== workflowTaskType) return []
  return workflowOfTemplate(taskTemplate).entities.flatMap((entity) => plansOfEntity(entity, version))
}

function plansOfEntity({ kind }: Entity, version: string): string[] {
  if (kind.case === 'task') return plansOf(kind.value, version)
  if (kind.case !== 'launchPlan') return []
  const { project, name, version: wanted } = kind.value
  return project === '' && wanted === version ? [name] : []
}
