import type { MessageInitShape } from '@bufbuild/protobuf'
import { type Client, createClient } from '@connectrpc/connect'
import { checkRunName, DataValidationError, newRunName, toInputs } from '@tern/core'
import {
  type LaunchPlan,
  LaunchPlanService,
  type LaunchPlanSpecSchema,
  type ListLaunchPlansRequestSchema,
} from '@tern/idl/launchplan'
import type { Inputs, RunSpec } from '@tern/idl/task'
import type { Run } from '@tern/idl/workflow'
import { checkCustomContext } from '../authoring/check-custom-context.ts'
import type { LaunchPlanReference } from '../authoring/launch-plan-part.ts'
import type { AnyTask, InputsOf, ResultOf } from '../authoring/task.ts'
import type { CustomContext } from '../types/inputs-context.ts'
import type { Connection, ListOptions } from './connection.ts'
import { RemoteRun } from './remote-run.ts'
import { required } from './required.ts'
import { toRunSpec } from './run-spec.ts'
import type { StartRunOptions } from './runs.ts'
import type { TernClient } from './tern-client.ts'

/** A launch plan: its name, its name and version, or what `launchPlan` and `refLaunchPlan` of `@tern/sdk/workflows` made. */
export type LaunchPlanLike<P extends AnyTask = AnyTask> =
  | string
  | LaunchPlanReference
  | (P & { readonly reference: LaunchPlanReference })

/** A version of a launch plan that is to be stored. */
export interface LaunchPlanDeployment {
  readonly name: string
  readonly version: string
  readonly spec: MessageInitShape<typeof LaunchPlanSpecSchema>
  /** Make it the active version too. Defaults to false. */
  readonly activate?: boolean | undefined
}

/** A run of a launch plan as the wire has it. */
export interface LaunchOptions {
  readonly inputs?: Inputs | undefined
  /** Defaults to a name that is made up. */
  readonly name?: string | undefined
  /** Goes before what the plan says. */
  readonly runSpec?: RunSpec | undefined
}

/** The deployed launch plans of a project and domain. */
export class LaunchPlans {
  readonly #connection: Connection
  readonly #client: TernClient
  readonly #service: Client<typeof LaunchPlanService>

  constructor(connection: Connection, client: TernClient) {
    this.#connection = connection
    this.#client = client
    this.#service = createClient(LaunchPlanService, connection.transport)
  }

  /**
   * One version, with what it takes and gives; the active one when no version is named, or else the newest.
   *
   * @throws NotFoundError
   */
  async get(plan: LaunchPlanLike): Promise<LaunchPlan> {
    const id = this.#idOf(plan)
    const { launchPlan } = await this.#connection.call(() => this.#service.getLaunchPlan({ id }))
    return required(launchPlan, `launch plan ${id.name}`)
  }

  /**
   * Every launch plan once, with the version that `get` gives.
   *
   * @param options also the task, if it is only about those that launch it
   */
  list(
    options: ListOptions & { readonly task?: string | undefined } = {},
  ): AsyncGenerator<LaunchPlan, void, undefined> {
    const { task, ...rest } = options
    const { place, projectId } = this.#connection
    return this.#pages(
      rest,
      task === undefined
        ? { case: 'projectId', value: projectId }
        : { case: 'taskName', value: { ...place, name: task } },
    )
  }

  /** The versions of a launch plan, the newest first unless the options say otherwise. */
  versions(plan: LaunchPlanLike, options: ListOptions = {}): AsyncGenerator<LaunchPlan, void, undefined> {
    return this.#pages(options, { case: 'versionsOf', value: { ...this.#idOf(plan), version: '' } })
  }

  /**
   * Stores a version. Nothing happens when the same is there already.
   *
   * @throws AlreadyExistsError when there is another of that version
   * @throws NotFoundError when the task is not deployed that it launches
   * @throws InvalidArgumentError naming what does not fit that task
   */
  async deploy({ name, version, spec, activate = false }: LaunchPlanDeployment): Promise<LaunchPlan> {
    const id = { ...this.#connection.place, name, version }
    const answer = await this.#connection.call(() => this.#service.deployLaunchPlan({ id, spec, activate }))
    return required(answer.launchPlan, `launch plan ${name}`)
  }

  /**
   * Makes a version the active one: the one that its schedule starts, and that is launched when none is named.
   *
   * @param plan with a version, unless there is only one
   * @returns the version that was active until now, if one was
   */
  async activate(plan: LaunchPlanLike): Promise<string | undefined> {
    const id = this.#idOf(plan)
    const { previousVersion } = await this.#connection.call(() => this.#service.activateLaunchPlan({ id }))
    return previousVersion === '' ? undefined : previousVersion
  }

  /**
   * From now on no version is active. It can still be launched.
   *
   * @returns the version that was active until now, if one was
   */
  async deactivate(plan: LaunchPlanLike): Promise<string | undefined> {
    const id = { ...this.#idOf(plan), version: '' }
    const { previousVersion } = await this.#connection.call(() => this.#service.deactivateLaunchPlan({ id }))
    return previousVersion === '' ? undefined : previousVersion
  }

  /**
   * Starts a run of a launch plan. What it takes and returns can be told by the plan's own type, or by the plan itself:
   *
   *     const handle = await client.launchPlans.launch(nightly, { rows: 3 })
   *     const same = await client.launchPlans.launch<typeof nightly>('nightly', { rows: 3 })
   *
   * @param inputs what the plan does not fix; those that it has defaults for may be left out
   * @param options go before what the plan says, label by label
   * @throws NotFoundError when it is not deployed, DataValidationError when the inputs do not fit
   * @throws FailedPreconditionError when no version is named, and none is active
   * @throws ResourceExhaustedError when as many of its runs as it allows are under way, and it says to skip
   */
  async launch<P extends AnyTask = AnyTask>(
    plan: LaunchPlanLike<P>,
    inputs: InputsOf<P> = {} as InputsOf<P>,
    options: StartRunOptions = {},
  ): Promise<RemoteRun<ResultOf<P>>> {
    const found = await this.get(plan)
    const { spec, interface: typed, id, parameters } = found
    const fixed = spec?.fixedInputs.find(({ name }) => Object.hasOwn(inputs, name))?.name
    if (fixed !== undefined) {
      const path = `inputs.${fixed}`
      throw new DataValidationError(`launch plan ${id?.name} fixes the input ${fixed}, which cannot be given`, { path })
    }
    const defaults = new Map(
      parameters.flatMap(({ name, parameter }) =>
        parameter?.behavior.case === 'default' ? [[name, parameter.behavior.value] as const] : [],
      ),
    )
    const context = toContext(checkCustomContext(options.customContext))
    const stored = await this.#client.store(inputs as Record<string, unknown>)
    const run = await this.start(toLaunch(this.#idOf(plan), found), {
      inputs: { ...toInputs(stored, typed?.inputs, { defaults }), context },
      ...toLaunchOptions(options),
    })
    return new RemoteRun(this.#client, run.action?.id?.run?.name ?? '')
  }

  /**
   * Starts a run from what the wire has. It has a name before it is asked for, so that a call whose answer was lost can be
   * repeated: the run is made once.
   *
   * @throws AlreadyExistsError when there is another run of the name that the options give
   */
  async start(plan: LaunchPlanLike, { inputs, name = newRunName(), runSpec }: LaunchOptions): Promise<Run> {
    checkRunName(name, 'name')
    const request = {
      id: this.#idOf(plan),
      runName: name,
      ...(inputs && { inputs }),
      ...(runSpec && { runSpec }),
    }
    const { run } = await this.#connection.call(() => this.#service.launch(request))
    return required(run, 'a run')
  }

  #pages(
    options: ListOptions,
    scope: NonNullable<MessageInitShape<typeof ListLaunchPlansRequestSchema>['scope']>,
  ): AsyncGenerator<LaunchPlan, void, undefined> {
    return this.#connection.pages(options, async (request) => {
      const { launchPlans, token } = await this.#service.listLaunchPlans({ request, scope })
      return { items: launchPlans, token }
    })
  }

  #idOf(plan: LaunchPlanLike) {
    const { org, ...place } = this.#connection.place
    const { name, version = '', project = place.project, domain = place.domain } = referenceOf(plan)
    return { $typeName: 'tern.launchplan.v1.LaunchPlanIdentifier' as const, org, project, domain, name, version }
  }
}

function referenceOf(plan: LaunchPlanLike): LaunchPlanReference {
  if (typeof plan === 'string') return { name: plan }
  return 'reference' in plan ? plan.reference : plan
}

function toContext(context: CustomContext): Inputs['context'] {
  return Object.entries(context).map(([key, value]) => ({ $typeName: 'flyteidl2.core.KeyValuePair', key, value }))
}

/**
 * The version to launch, after a look at what there is: that one. Where no version was named and none is active, it is left to the
 * server to say so.
 */
export function toLaunch<T extends LaunchPlanReference>(plan: T, { id, active }: LaunchPlan): T {
  return active ? { ...plan, version: id?.version } : plan
}

/** What a run of a launch plan is started with, as the wire has it: nothing of what is not said. */
export function toLaunchOptions(options: StartRunOptions): Pick<LaunchOptions, 'name' | 'runSpec'> {
  const { cacheConfig: _, ...runSpec } = toRunSpec(options)
  return { name: options.name, runSpec: options.overwriteCache === undefined ? runSpec : toRunSpec(options) }
}
