import { create } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import type { LaunchPlan } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'

/** The type of tasks that start the run of a launch plan and wait for its end. */
export const launchPlanTaskType = 'launch-plan'

/** A launch plan, by name: without a project and a domain it is in those of the run, without a version it is the active one. */
export interface LaunchPlanName {
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly version: string
}

/** The task of a node that calls a launch plan. */
export function launchPlanTask(plan: LaunchPlan, nodeName: string): TaskSpec {
  const { project, domain, name, version } = plan
  return create(TaskSpecSchema, {
    shortName: nodeName === '' ? name : nodeName,
    taskTemplate: {
      type: launchPlanTaskType,
      id: { name },
      metadata: {},
      custom: { project, domain, name, version },
      ...(plan.interface !== undefined && { interface: plan.interface }),
    },
  })
}

/** Which launch plan a task of that type is about. Throws InvalidArgumentError if it does not say. */
export function launchPlanOf({ taskTemplate }: TaskSpec): LaunchPlanName {
  const text = (key: string): string => {
    const value = taskTemplate?.custom?.[key]
    return typeof value === 'string' ? value : ''
  }
  const name = text('name')
  if (name === '') {
    throw new InvalidArgumentError(`a task of the type ${launchPlanTaskType} names its launch plan in custom.name`, {
      field: 'custom.name',
    })
  }
  return { project: text('project'), domain: text('domain'), name, version: text('version') }
}

/** Where a launch plan is that a run calls, and so the run that it starts. */
export function placeOfPlan({ project, domain }: LaunchPlanName, run: Place): Place {
  return { project: project || run.project, domain: domain || run.domain }
}

interface Place {
  readonly project: string
  readonly domain: string
}

/** What the action of a node calls the run that it starts. Each further round is another run. */
export function launchedAs(action: string, round: number): string {
  return round <= 1 ? action : `${action}/${round}`
}
