import { clone } from '@bufbuild/protobuf'
import type { TaskOverrides } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { type OverridableOption, overrideTaskSpec } from '../override-task-spec.ts'

export interface NodeSpecOptions {
  readonly overrides: TaskOverrides | undefined
  /** Of a task that does not say whether it is. */
  readonly interruptible: boolean | undefined
  /** What the node is called; empty for what the task is called. */
  readonly name: string
}

/**
 * A task as one node of a workflow wants it.
 *
 * @throws InvalidArgumentError naming the option that cannot be replaced
 */
export function nodeSpecOf(task: TaskSpec, { overrides, interruptible, name }: NodeSpecOptions): TaskSpec {
  const says = task.taskTemplate?.metadata?.interruptibleValue.case !== undefined
  const inherits = interruptible !== undefined && !says && overrides?.interruptible === undefined
  if (overrides === undefined && name === '' && !inherits) return task
  const { values, options } = changesOf(task, {
    overrides,
    interruptible: overrides?.interruptible ?? (inherits ? interruptible : undefined),
    name,
  })
  const changed = overrideTaskSpec(task, { values, options })
  const target = changed.taskTemplate?.target
  if (overrides !== undefined && overrides.image !== '' && target?.case === 'container') {
    target.value.image = overrides.image
  }
  return changed
}

/** The task with the node's values, and which of its options those are. */
function changesOf(task: TaskSpec, { overrides, interruptible, name }: NodeSpecOptions) {
  const values = clone(TaskSpecSchema, task)
  const options: OverridableOption[] = []
  if (name !== '') {
    values.shortName = name
    options.push('shortName')
  }
  const template = values.taskTemplate
  const metadata = template?.metadata
  if (template === undefined || metadata === undefined) return { values, options }
  if (interruptible !== undefined) {
    metadata.interruptibleValue = { case: 'interruptible', value: interruptible }
    options.push('interruptible')
  }
  if (overrides === undefined) return { values, options }
  const { retries, timeout, timeouts, cache, queue, resources, extendedResources, env } = overrides
  if (retries !== undefined) {
    metadata.retries = retries
    options.push('retries')
  }
  if (timeout !== undefined) metadata.timeout = timeout
  if (timeouts !== undefined) metadata.timeouts = timeouts
  if (timeout !== undefined || timeouts !== undefined) options.push('timeout')
  if (cache !== undefined) {
    metadata.discoverable = cache.enabled
    metadata.discoveryVersion = cache.version
    metadata.cacheSerializable = cache.serialize
    metadata.cacheIgnoreInputVars = cache.ignoredInputs
    options.push('cache')
  }
  if (queue !== '') {
    template.config['queue'] = queue
    options.push('queue')
  }
  // What has no container has no variables and no resources.
  const container = template.target.case === 'container' ? template.target.value : undefined
  if ((resources !== undefined || extendedResources !== undefined) && container !== undefined) {
    if (resources !== undefined) container.resources = resources
    if (extendedResources !== undefined) template.extendedResources = extendedResources
    options.push('resources')
  }
  if (env.length > 0 && container !== undefined) {
    const own = new Set(env.map(({ key }) => key))
    container.env = [...container.env.filter(({ key }) => !own.has(key)), ...env]
    options.push('envVars')
  }
  return { values, options }
}
