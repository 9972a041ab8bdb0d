import type { ActionData, RunKey } from '../engine/model.ts'
import type { LaunchPlanResolver } from '../executors/in-process/launch-plan-executor.ts'
import type { LaunchPlanName } from './launch-plan-task.ts'
import type { DeployedResolver } from './node-children.ts'

/** The default launch plans: each deployed task has one of its name. */
export class DeployedPlans implements LaunchPlanResolver {
  readonly #deployed: DeployedResolver

  constructor(deployed: DeployedResolver) {
    this.#deployed = deployed
  }

  async launch(run: RunKey, plan: LaunchPlanName, inputs: ActionData): ReturnType<LaunchPlanResolver['launch']> {
    const place = { project: plan.project || run.project, domain: plan.domain || run.domain }
    const found = await this.#deployed.resolve({ ...place, run: run.run }, plan, inputs)
    return { ...found, place }
  }
}
