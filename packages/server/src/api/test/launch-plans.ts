import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { literalTypes, toLiteral, typedInterface } from '@tern/core'
import { Filter_Function } from '@tern/idl/common'
import type { LaunchPlan, LaunchPlanSpecSchema, LaunchRequestSchema } from '@tern/idl/launchplan'
import { FixedRateUnit, type Inputs, InputsSchema, type NamedLiteral, type TaskSpec } from '@tern/idl/task'
import type { Clients } from './clients.ts'
import { aTaskSpec, place, projectId } from './fixtures.ts'
import { freshName } from './runs.ts'
import type { TestApi } from './start-api.ts'

export type PlanInit = Exclude<MessageInitShape<typeof LaunchPlanSpecSchema>, { readonly $typeName: string }>
export type LaunchInit = Exclude<MessageInitShape<typeof LaunchRequestSchema>, { readonly $typeName: string }>

/** The task `env.main` of the fixtures. */
export const main = { ...place, name: 'env.main', version: 'v1' } as const
/** A task that also takes the time it is started at, as `at`. */
export const timed = { ...place, name: 'env.timed', version: 'v1' } as const

export function integer(name: string, value: number): NamedLiteral {
  return { $typeName: 'flyteidl2.task.NamedLiteral', name, value: toLiteral(value, literalTypes.integer()) }
}

export function text(name: string, value: string): NamedLiteral {
  return { $typeName: 'flyteidl2.task.NamedLiteral', name, value: toLiteral(value, literalTypes.string()) }
}

export function cron(expression: string, kickoffTimeInputArg = '') {
  return { expression: { case: 'cron' as const, value: { expression, timezone: '' } }, kickoffTimeInputArg }
}

/** Every so many minutes. */
export function every(value: number) {
  return { expression: { case: 'rate' as const, value: { value, unit: FixedRateUnit.MINUTE } } }
}

/** The trigger that a plan's schedule is. */
export function planTriggerOf(taskName: string, plan: string) {
  return { ...place, taskName, name: `launch-plan:${plan}` }
}

/** Deploys and launches plans, in few words. */
export class PlanKit {
  readonly #api: TestApi
  readonly #clients: Clients

  constructor(api: TestApi, clients: Clients) {
    this.#api = api
    this.#clients = clients
  }

  async deployTasks(): Promise<void> {
    const { tasks } = this.#clients
    await tasks.deployTask({ taskId: main, spec: aTaskSpec() })
    await tasks.deployTask({ taskId: timed, spec: aTimedTask() })
  }

  /** Deploys a version, of `env.main` and active unless said otherwise. */
  async deploy(
    spec: PlanInit,
    { name = freshName('plan'), version = 'v1', activate = true } = {},
  ): Promise<{
    readonly id: typeof place & { readonly name: string; readonly version: string }
    readonly launchPlan: LaunchPlan
  }> {
    const id = { ...place, name, version }
    const request = { id, spec: { taskId: main, ...spec }, activate }
    const { launchPlan } = await this.#clients.launchPlans.deployLaunchPlan(request)
    return { id, launchPlan: launchPlan! }
  }

  /** Launches the active version, and gives the run's name. */
  async launch(name: string, request: Omit<LaunchInit, 'id'> = {}): Promise<string> {
    const { run } = await this.#clients.launchPlans.launch({ ...request, id: { ...place, name } })
    return run!.action!.id!.run!.name
  }

  async detailsOf(run: string) {
    const { details } = await this.#clients.runs.getRunDetails({ runId: { ...place, name: run } })
    return details!
  }

  /** The names of the runs of which a field has a value, sorted. */
  async runsOf(field: string, value: string): Promise<string[]> {
    const filters = [{ field, function: Filter_Function.EQUAL, values: [value] }]
    const scopeBy = {
      case: 'projectId' as const,
      value: { $typeName: 'flyteidl2.common.ProjectIdentifier' as const, organization: '', ...projectId },
    }
    const { runs } = await this.#clients.runs.listRuns({ request: { filters }, scopeBy })
    return runs.map(({ action }) => action!.id!.run!.name).sort()
  }

  /** What the code of a run was given, once it is. */
  async inputsOf(run: string): Promise<Inputs> {
    const { executor } = this.#api
    const attemptOf = () => executor.attempts.find((attempt) => attempt.run.run === run && attempt.action === 'a0')
    await executor.until(() => attemptOf() !== undefined)
    const { inputs } = attemptOf() as { readonly inputs: { readonly bytes: Uint8Array } }
    return fromBinary(InputsSchema, inputs.bytes)
  }

  /** The same, by name, as far as they are integers and texts. */
  async valuesOf(run: string): Promise<Record<string, unknown>> {
    const values = (await this.inputsOf(run)).literals.map(({ name, value }) => {
      const scalar = value?.value.case === 'scalar' ? value.value.value.value : undefined
      return [name, scalar?.case === 'primitive' ? scalar.value.value.value : undefined]
    })
    return Object.fromEntries(values)
  }
}

function aTimedTask(): TaskSpec {
  const spec = aTaskSpec({ name: timed.name })
  const inputs = { x: literalTypes.integer(), label: literalTypes.string(), at: literalTypes.datetime() }
  spec.taskTemplate!.interface = typedInterface({ inputs, outputs: { o0: literalTypes.integer() } })
  return spec
}
