import { createHash } from 'node:crypto'
import { toBinary } from '@bufbuild/protobuf'
import { FailedPreconditionError, fromProtoDuration } from '@tern/core'
import { type TaskOverrides as WireOverrides, type Workflow, WorkflowSchema } from '@tern/idl/graph'
import { applyOverrides } from '../authoring/effective-options.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { RetryPolicy, TaskOverrides, TimeoutPolicy } from '../authoring/task-options.ts'
import type { EntityTarget } from './entities.ts'

/** What the entities of a workflow that runs in this process are in it. */
export class LocalEntities {
  private readonly targets = new Map<Workflow, readonly EntityTarget[]>()

  constructor(workflow: Workflow, targets: readonly EntityTarget[]) {
    this.targets.set(workflow, targets)
  }

  /** The task that a node calls, with the node's own options. */
  definitionOf(
    workflow: Workflow,
    index: number,
    { overrides, shown }: { readonly overrides: WireOverrides | undefined; readonly shown: string },
  ): TaskDefinition {
    const target = this.targetsOf(workflow)[index]
    if (target === undefined) throw new Error(`there is no task at entity ${index}`)
    const { definition } = target
    if (overrides === undefined && shown === '') return definition
    const given = overrides === undefined ? {} : fromWireOverrides(overrides)
    const name = shown === '' ? {} : { shortName: shown }
    return { ...definition, options: { ...applyOverrides(definition.options, given), ...name } }
  }

  private targetsOf(workflow: Workflow): readonly EntityTarget[] {
    const known = this.targets.get(workflow) ?? made.get(keyOf(workflow))
    if (known === undefined) {
      throw new FailedPreconditionError('what a dynamic task made was made in another process', {
        hint: 'Run it again without what is cached: it is found by its code only where that made it.',
      })
    }
    this.targets.set(workflow, known)
    return known
  }
}

const made = new Map<string, readonly EntityTarget[]>()
const mostMade = 1000

/** Notes what stands behind the entities of a workflow that a dynamic task made in this process. */
export function rememberMade(workflow: Workflow, targets: readonly EntityTarget[]): void {
  const oldest = made.keys().next()
  if (made.size >= mostMade && oldest.done !== true) made.delete(oldest.value)
  made.set(keyOf(workflow), targets)
}

function keyOf(workflow: Workflow): string {
  return createHash('sha256').update(toBinary(WorkflowSchema, workflow)).digest('hex')
}

function fromWireOverrides({ retries, timeout, timeouts, interruptible, cache, queue }: WireOverrides): TaskOverrides {
  return {
    ...(retries === undefined ? {} : { retries: toRetryPolicy(retries) }),
    ...(timeout === undefined && timeouts === undefined ? {} : { timeout: toTimeoutPolicy(timeout, timeouts) }),
    ...(interruptible === undefined ? {} : { interruptible }),
    ...(cache === undefined ? {} : { cache: toCacheOption(cache) }),
    ...(queue === '' ? {} : { queue }),
  }
}

type ProtoDuration = NonNullable<WireOverrides['timeout']>

function toRetryPolicy({ retries, backoff }: NonNullable<WireOverrides['retries']>): RetryPolicy {
  if (backoff?.base === undefined) return { count: retries }
  const { base, factor, cap } = backoff
  return { count: retries, backoff: { base: ms(base), factor, ...(cap === undefined ? {} : { cap: ms(cap) }) } }
}

function toTimeoutPolicy(timeout: ProtoDuration | undefined, timeouts: WireOverrides['timeouts']): TimeoutPolicy {
  const { queuedTimeout, deadline } = timeouts ?? {}
  return {
    ...(timeout === undefined ? {} : { maxRuntime: ms(timeout) }),
    ...(queuedTimeout === undefined ? {} : { maxQueuedTime: ms(queuedTimeout) }),
    ...(deadline === undefined ? {} : { deadline: ms(deadline) }),
  }
}

function toCacheOption({ enabled, version, serialize, ignoredInputs }: NonNullable<WireOverrides['cache']>) {
  return enabled ? { version, serialize, ignoredInputs } : ('disable' as const)
}

function ms(duration: ProtoDuration): { milliseconds: number } {
  return { milliseconds: fromProtoDuration(duration).milliseconds }
}
