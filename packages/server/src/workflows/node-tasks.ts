import { create } from '@bufbuild/protobuf'
import { interfaceHash, literalTypes, taskIdentity, typedInterface } from '@tern/core'
import {
  createWorkflow,
  nodeSpecOf,
  type StartEffect,
  type Started,
  workflowTaskType,
  workflowToCustom,
} from '@tern/core/workflow'
import type { DeployedTask, Entity, Graph, LaunchPlan, TaskOverrides, Workflow } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import type { SpecRecord } from '../engine/model.ts'
import { toSpecRecord } from '../store/specs.ts'
import { launchPlanTask } from './launch-plan-task.ts'

/** What a node runs. */
export interface NodeTask {
  /** Part of the names of its actions: what the task is, and not how its code goes. */
  readonly identity: string
  readonly run:
    | { readonly kind: 'known'; readonly record: SpecRecord; readonly spec: TaskSpec | null }
    /** Looked up when the node starts. */
    | { readonly kind: 'deployed'; readonly task: DeployedTask; readonly change: (spec: TaskSpec) => TaskSpec }
}

type Call = Extract<Started, { kind: 'call' }>

/** What nodes run, each made once where nodes have it in common. */
export class NodeTasks {
  readonly #plain = new WeakMap<Entity, Map<string, NodeTask>>()
  readonly #ofNodes = new WeakMap<Started, NodeTask>()

  /** Throws InvalidArgumentError for overrides that the task does not take. */
  of({ what, name }: StartEffect): NodeTask {
    const known = this.#ofNodes.get(what)
    if (known !== undefined) return known
    const task = this.#make(what, name)
    this.#ofNodes.set(what, task)
    return task
  }

  #make(what: Started, name: string): NodeTask {
    switch (what.kind) {
      case 'call':
        return this.#call(what, name)
      case 'condition': {
        const record = toSpecRecord({ case: 'condition', value: what.condition })
        return { identity: `condition-${what.condition.name}`, run: { kind: 'known', record, spec: null } }
      }
      case 'sleep':
        return ofTask(sleepTask(name))
    }
  }

  #call(what: Call, name: string): NodeTask {
    const entity = what.workflow.entities[what.entity]!
    if (what.overrides !== undefined) return toTask(entity, what, name)
    const sameName = this.#plain.get(entity) ?? new Map<string, NodeTask>()
    this.#plain.set(entity, sameName)
    const key = `${what.interruptible ?? ''}/${name}`
    const known = sameName.get(key) ?? toTask(entity, what, name)
    sameName.set(key, known)
    return known
  }
}

function toTask({ kind }: Entity, what: Call, name: string): NodeTask {
  const changes: { overrides: TaskOverrides | undefined; interruptible: boolean | undefined; name: string } = {
    overrides: what.overrides,
    interruptible: what.interruptible,
    name,
  }
  switch (kind.case) {
    case 'task':
      return ofTask(nodeSpecOf(kind.value, changes))
    case 'deployedTask':
      return {
        identity: `deployed-${referredAs(kind.value)}`,
        run: { kind: 'deployed', task: kind.value, change: (spec) => nodeSpecOf(spec, changes) },
      }
    case 'launchPlan':
      return ofTask(launchPlanTask(kind.value, name), `launch-plan-${referredAs(kind.value)}`)
    case 'workflow':
      return ofTask(workflowTask(what.workflow, kind.value))
    default:
      throw new Error(`entity ${what.entity} is of no kind`)
  }
}

function ofTask(spec: TaskSpec, identity?: string): NodeTask {
  const template = spec.taskTemplate
  return {
    identity:
      identity ??
      taskIdentity({
        taskName: template?.id?.name ?? '',
        interfaceHash: interfaceHash(template?.interface),
        discoveryVersion: template?.metadata?.discoveryVersion ?? '',
      }),
    run: { kind: 'known', record: toSpecRecord({ case: 'task', value: spec }), spec },
  }
}

/** A workflow that is part of another, as a task of its own: for a failure handler that the other cannot call any more. */
function workflowTask({ entities }: Workflow, graph: Graph): TaskSpec {
  return create(TaskSpecSchema, {
    shortName: graph.name,
    taskTemplate: {
      type: workflowTaskType,
      id: { name: graph.name },
      metadata: {},
      custom: workflowToCustom(createWorkflow({ entities, graph })),
      ...(graph.interface !== undefined && { interface: graph.interface }),
    },
  })
}

function referredAs(entity: DeployedTask | LaunchPlan): string {
  return [entity.project, entity.domain, entity.name, entity.version, interfaceHash(entity.interface)].join('/')
}

function sleepTask(name: string): TaskSpec {
  return create(TaskSpecSchema, {
    shortName: name === '' ? 'sleep' : name,
    taskTemplate: {
      type: 'core-sleep',
      id: { name: 'sleep' },
      metadata: {},
      interface: typedInterface({ inputs: { duration: { type: literalTypes.duration() } } }),
    },
  })
}
