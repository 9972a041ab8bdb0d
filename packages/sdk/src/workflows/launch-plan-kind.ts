import { create } from '@bufbuild/protobuf'
import { FailedPreconditionError, fromTaskFailure } from '@tern/core'
import type { TaskTemplate } from '@tern/idl/core'
import { EntitySchema } from '@tern/idl/graph'
import { currentScope, type ParentAction, type TaskContext } from '../authoring/context.ts'
import type { LaunchPlanPart } from '../authoring/launch-plan-part.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { SpecLocation } from '../authoring/task-spec.ts'
import { type KindTask, TaskKind } from '../kinds/task-kind.ts'
import { launchedInputs } from '../local/launched-here.ts'
import { hasSucceeded } from '../runtime/child-result.ts'
import { readValues } from '../types/literal-wire.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import type { EntityTarget } from './entities.ts'
import { type NodeTarget, type NodeTargetKind, refuseTaskOptions } from './node-kind.ts'
import type { TaskNodeOptions } from './reference-types.ts'

/** Launch plans, as tasks that start a run and wait for its end. */
export class LaunchPlanKind extends TaskKind implements NodeTargetKind {
  readonly type = 'launch-plan'
  readonly #part: LaunchPlanPart

  constructor(part: LaunchPlanPart) {
    super()
    this.#part = part
  }

  protected get identity(): unknown {
    return this.#part.reference
  }

  describe(template: TaskTemplate, _task: KindTask, location: SpecLocation): void {
    template.custom = { ...this.#at(location) }
  }

  /** In a local run it is an action, and what it launches is one below it. */
  override async execute(_inputs: never, { action }: TaskContext, task: KindTask): Promise<unknown> {
    const { declared } = this.#part
    if (declared === undefined) throw notHere(task.name)
    const parent = currentScope()?.parent
    if (!isLocal(parent)) throw new Error(`launch plan ${task.name} is launched by the server, not by a worker`)
    const outcome = await parent.callWire({
      definition: declared.launched,
      inputs: launchedInputs(declared, parent.inputBytes),
      group: '',
      runOptions: declared.runOptions,
    })
    if (hasSucceeded(outcome)) return toReturned(task.interface, outcome.outputs)
    const { failure } = outcome
    if (failure !== undefined) throw fromTaskFailure(failure, outcome.name)
    throw new FailedPreconditionError(`the run of launch plan ${task.name} ended without saying why (${action.name})`)
  }

  nodeTarget(definition: TaskDefinition, options: TaskNodeOptions | undefined): NodeTarget {
    const what = `launch plan ${definition.name}`
    refuseTaskOptions(what, options)
    const target = this.entityTarget(definition)
    return {
      what,
      options,
      toKind: (entities) => ({ case: 'call', value: { entity: entities.indexOf(target) } }),
    }
  }

  /** What it is among the entities of a workflow: one of this file is of the version that the file is deployed as. */
  entityTarget(definition: TaskDefinition): EntityTarget {
    const entity = (location: SpecLocation) => {
      const { inputs, typed } = definition.interface
      const optionalInputs = inputs.filter(({ fallback }) => fallback !== undefined).map(({ name }) => name)
      const value = { ...this.#at(location), interface: typed, optionalInputs }
      return create(EntitySchema, { kind: { case: 'launchPlan', value } })
    }
    return { kind: 'reference', entity, definition }
  }

  #at({ version }: SpecLocation) {
    const { declared, reference } = this.#part
    const { project = '', domain = '', name } = reference
    return { project, domain, name, version: reference.version ?? (declared === undefined ? '' : version) }
  }
}

function isLocal(parent: ParentAction | undefined): parent is ParentAction & Required<LocalParts> {
  return parent?.callWire !== undefined && parent.inputBytes !== undefined
}

type LocalParts = Pick<ParentAction, 'callWire'> & { readonly inputBytes: Uint8Array }

function toReturned({ outputKind, outputs }: TaskInterface, bytes: Uint8Array = new Uint8Array()): unknown {
  if (outputKind === 'none') return undefined
  const values = readValues(outputs, bytes)
  if (outputKind === 'single') return values[0]
  return Object.fromEntries(outputs.map(({ name }, index) => [name, values[index]]))
}

function notHere(name: string): FailedPreconditionError {
  return new FailedPreconditionError(`launch plan ${name} is deployed on a server, and what it launches is not here`, {
    hint: 'Launch it on a server, or replace it in local runs: mockTask(plan, …) of @tern/testing.',
  })
}
