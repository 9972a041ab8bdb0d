import { fromBinary } from '@bufbuild/protobuf'
import { acceptsNone, describeType, InvalidArgumentError, isCastable } from '@tern/core'
import { checkWorkflow, workflowOfTemplate, workflowTaskType } from '@tern/core/workflow'
import type { TypedInterface, VariableMap } from '@tern/idl/core'
import type { DeployedTask } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import type { TaskKey, TasksRepository } from '../store/tasks-repository.ts'

/** Where a workflow is deployed or run. */
export type WorkflowPlace = Pick<TaskKey, 'project' | 'domain'>

/** Checks compiled workflows before they are deployed or run. */
export class WorkflowChecks {
  readonly #repository: Pick<TasksRepository, 'find' | 'latestVersion'>

  constructor(repository: Pick<TasksRepository, 'find' | 'latestVersion'>) {
    this.#repository = repository
  }

  /**
   * Of tasks that are no workflows there is nothing to check.
   *
   * Throws InvalidArgumentError for a graph that is not sound, and for deployed tasks that are not there or have another interface.
   */
  async check(place: WorkflowPlace, { taskTemplate }: TaskSpec): Promise<void> {
    if (taskTemplate?.type !== workflowTaskType) return
    const workflow = workflowOfTemplate(taskTemplate)
    checkWorkflow(workflow, taskTemplate.interface)
    const name = workflow.graph?.name ?? ''
    for (const { kind } of workflow.entities) {
      if (kind.case === 'task') await this.check(place, kind.value)
      else if (kind.case === 'deployedTask') await this.#checkDeployed(kind.value, place, name)
    }
  }

  async #checkDeployed(entity: DeployedTask, place: WorkflowPlace, workflow: string): Promise<void> {
    const task = { project: entity.project || place.project, domain: entity.domain || place.domain, name: entity.name }
    const where = `workflow ${workflow}, task ${task.name}${entity.version === '' ? '' : ` version ${entity.version}`}`
    const version = entity.version || (await this.#repository.latestVersion(task))
    const found = version === undefined ? undefined : await this.#repository.find({ ...task, version })
    if (found === undefined) {
      throw refused(`${where}: it is not deployed in ${task.project}/${task.domain}`, 'Deploy it there first.')
    }
    const spec = fromBinary(TaskSpecSchema, found.spec)
    const difference = differenceOf(entity.interface, spec)
    if (difference === undefined) return
    throw refused(`${where}: ${difference}`, 'Declare the interface that the task is deployed with.')
  }
}

/** How a declared interface differs from that of the task, as far as calls of it would notice. */
function differenceOf(
  declared: TypedInterface | undefined,
  { taskTemplate, defaultInputs }: TaskSpec,
): string | undefined {
  const actual = taskTemplate?.interface
  const [inputs, outputs] = [typesOf(actual?.inputs), typesOf(actual?.outputs)]
  const given = typesOf(declared?.inputs)
  for (const [name, type] of given) {
    const taken = inputs.get(name)
    if (taken === undefined) return `it has no input ${name}`
    if (!isCastable(type, taken)) return `its input ${name} is ${describeType(taken)}, and not ${describeType(type)}`
  }
  const optional = new Set(defaultInputs.map(({ name }) => name))
  for (const [name, type] of inputs) {
    if (!given.has(name) && !optional.has(name) && !acceptsNone(type)) return `it needs an input ${name}`
  }
  for (const [name, type] of typesOf(declared?.outputs)) {
    const made = outputs.get(name)
    if (made === undefined) return `it has no output ${name}`
    if (!isCastable(made, type)) return `its output ${name} is ${describeType(made)}, and not ${describeType(type)}`
  }
  return undefined
}

function typesOf(variables: VariableMap | undefined) {
  return new Map(
    (variables?.variables ?? []).flatMap(({ key, value }) => (value?.type ? [[key, value.type] as const] : [])),
  )
}

function refused(message: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { field: 'graph', hint })
}
