import { createHash } from 'node:crypto'
import { workflowTaskType, workflowToCustom } from '@tern/core/workflow'
import type { TaskTemplate } from '@tern/idl/core'
import type { TaskContext } from '../authoring/context.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { SpecLocation } from '../authoring/task-spec.ts'
import { type KindTask, TaskKind } from '../kinds/task-kind.ts'
import type { BuiltGraph } from './built-graph.ts'
import { emitWorkflow, graphDigest } from './emit.ts'
import { runWorkflowHere } from './local-workflow.ts'
import { type NodeTarget, type NodeTargetKind, refuseTaskOptions } from './node-kind.ts'
import type { TaskNodeOptions } from './reference-types.ts'

/** Tasks that are compiled workflows: the server walks their graph. */
export class WorkflowKind extends TaskKind implements NodeTargetKind {
  readonly type = workflowTaskType
  readonly #build: () => BuiltGraph
  #built: BuiltGraph | undefined

  /** @param build makes the graph; asked again after it has thrown */
  constructor(build: () => BuiltGraph) {
    super()
    this.#build = build
  }

  /** @throws GraphError when the workflow is wrong */
  get graph(): BuiltGraph {
    this.#built ??= this.#build()
    return this.#built
  }

  protected get identity(): string {
    return graphDigest(this.graph)
  }

  override version(salt = ''): string {
    return createHash('sha256').update(this.identity).update(salt).digest('hex')
  }

  describe(template: TaskTemplate, _task: KindTask, location: SpecLocation): void {
    template.custom = workflowToCustom(emitWorkflow(this.graph, location).workflow)
  }

  override execute(inputs: never, context: TaskContext, task: KindTask): Promise<unknown> {
    const run = (given: never, its: TaskContext) => this.execute(given, its, task)
    return runWorkflowHere(this.graph, inputs, context, { ...task, kind: this, run })
  }

  /** As a node it is a part of the workflow around it, not an action of its own. */
  nodeTarget(definition: TaskDefinition, options: TaskNodeOptions | undefined): NodeTarget {
    const what = `workflow ${definition.name}`
    refuseTaskOptions(what, options)
    const { graph } = this
    return {
      what,
      options,
      toKind: (entities) => ({
        case: 'call',
        value: { entity: entities.indexOf({ kind: 'workflow', graph, definition }) },
      }),
    }
  }
}
