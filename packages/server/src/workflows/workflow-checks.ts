import { fromBinary } from '@bufbuild/protobuf'
import { FailedPreconditionError, InvalidArgumentError, NotFoundError } from '@tern/core'
import { checkWorkflow, referenceDifference, typesIn, workflowOfTemplate, workflowTaskType } from '@tern/core/workflow'
import type { DeployedTask, LaunchPlan } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { namesOf, parametersOf } from '../launch-plans/plan-inputs.ts'
import type { Plan, Plans } from '../launch-plans/plans.ts'
import type { TaskKey, TasksRepository } from '../store/tasks-repository.ts'

/** Where a workflow is deployed or run. */
export type WorkflowPlace = Pick<TaskKey, 'project' | 'domain'>

export interface WorkflowChecksParts {
  readonly tasks: Pick<TasksRepository, 'find' | 'latestVersion'>
  readonly plans: Pick<Plans, 'toCall'>
}

/** Checks compiled workflows before they are deployed or run. */
export class WorkflowChecks {
  readonly #parts: WorkflowChecksParts

  constructor(parts: WorkflowChecksParts) {
    this.#parts = parts
  }

  /**
   * Of tasks that are no workflows there is nothing to check.
   *
   * Throws InvalidArgumentError for a graph that is not sound, and for deployed tasks and launch plans that are not there or have
   * another interface.
   */
  async check(place: WorkflowPlace, { taskTemplate }: TaskSpec): Promise<void> {
    if (taskTemplate?.type !== workflowTaskType) return
    const workflow = workflowOfTemplate(taskTemplate)
    checkWorkflow(workflow, taskTemplate.interface)
    const name = workflow.graph?.name ?? ''
    for (const { kind } of workflow.entities) {
      if (kind.case === 'task') await this.check(place, kind.value)
      else if (kind.case === 'deployedTask') await this.#checkTask(kind.value, place, name)
      else if (kind.case === 'launchPlan') await this.#checkPlan(kind.value, place, name)
    }
  }

  async #checkTask(entity: DeployedTask, place: WorkflowPlace, workflow: string): Promise<void> {
    const { tasks } = this.#parts
    const task = { project: entity.project || place.project, domain: entity.domain || place.domain, name: entity.name }
    const where = describe(entity, 'task', workflow)
    const version = entity.version || (await tasks.latestVersion(task))
    const found = version === undefined ? undefined : await tasks.find({ ...task, version })
    if (found === undefined) {
      throw refused(`${where}: it is not deployed in ${task.project}/${task.domain}`, 'Deploy it there first.')
    }
    const spec = fromBinary(TaskSpecSchema, found.spec)
    const difference = referenceDifference(entity, {
      inputs: typesIn(spec.taskTemplate?.interface?.inputs),
      outputs: typesIn(spec.taskTemplate?.interface?.outputs),
      optional: new Set(spec.defaultInputs.map(({ name }) => name)),
      fixed: new Set(),
    })
    if (difference !== undefined) {
      throw refused(`${where}: ${difference}`, 'Declare the interface that the task is deployed with.')
    }
  }

  async #checkPlan(entity: LaunchPlan, place: WorkflowPlace, workflow: string): Promise<void> {
    const where = describe(entity, 'launch plan', workflow)
    const { spec, task } = await this.#findPlan(entity, place, where)
    const parameters = parametersOf(spec, task)
    const isOptional = parameters.filter(({ parameter }) => parameter?.behavior.case === 'default')
    const difference = referenceDifference(entity, {
      inputs: new Map(
        parameters.flatMap(({ name, parameter }) =>
          parameter?.var?.type ? [[name, parameter.var.type] as const] : [],
        ),
      ),
      outputs: typesIn(task.taskTemplate?.interface?.outputs),
      optional: new Set(isOptional.map(({ name }) => name)),
      fixed: namesOf(spec.fixedInputs),
    })
    if (difference !== undefined) {
      throw refused(`${where}: ${difference}`, 'Declare the interface that the launch plan is deployed with.')
    }
  }

  async #findPlan({ name, version, ...entity }: LaunchPlan, place: WorkflowPlace, where: string): Promise<Plan> {
    const key = { project: entity.project || place.project, domain: entity.domain || place.domain, name, version }
    try {
      return await this.#parts.plans.toCall(key)
    } catch (error) {
      if (!(error instanceof NotFoundError || error instanceof FailedPreconditionError)) throw error
      throw refused(`${where}: ${error.message}`, error.hint ?? 'Deploy it there first.')
    }
  }
}

function describe({ name, version }: { readonly name: string; readonly version: string }, what: string, of: string) {
  return `workflow ${of}, ${what} ${name}${version === '' ? '' : ` version ${version}`}`
}

function refused(message: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { field: 'graph', hint })
}
