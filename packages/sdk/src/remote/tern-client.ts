import type { AnyTask, InputsOf, ResultOf } from '../authoring/task.ts'
import { Artifacts } from './artifacts.ts'
import { Conditions } from './conditions.ts'
import type { Configuration } from './configuration.ts'
import { type LaunchPlanLike, LaunchPlans } from './launch-plans.ts'
import { Notifications } from './notifications.ts'
import type { ClientPlatform } from './platform.ts'
import { Projects } from './projects.ts'
import type { RemoteRun } from './remote-run.ts'
import { RunClient } from './run-client.ts'
import { Runs, type StartRunOptions } from './runs.ts'
import { Secrets } from './secrets.ts'
import { ScopedSettings } from './settings.ts'
import { Status } from './status.ts'
import { Tasks } from './tasks.ts'
import { Triggers } from './triggers.ts'

/**
 * A server of Tern, or of Flyte 2, in one project and domain. Calls are repeated when the server is briefly unavailable.
 *
 * All methods throw errors of this package (`NotFoundError`, `InvalidArgumentError` …), `UnavailableError` when no server
 * can be reached.
 */
export class TernClient extends RunClient {
  /** Starts runs of deployed tasks, and lists and follows runs. */
  readonly runs: Runs
  /** What is deployed: tasks, workflows among them, and their versions. */
  readonly tasks: Tasks
  /** Deployed launch plans: which version is active, and runs of them. */
  readonly launchPlans: LaunchPlans
  /** What runs wait for that somebody has to answer. */
  readonly conditions: Conditions
  /** The projects of the server. */
  readonly projects: Projects
  /** What starts runs of tasks by itself. */
  readonly triggers: Triggers
  /** What was sent when runs ended, and what became of it. */
  readonly notifications: Notifications
  /** Secrets, by name: their values never come back. */
  readonly secrets: Secrets
  /** Settings of the server, of projects and of domains. */
  readonly settings: ScopedSettings
  /** Values that runs have published under a name. */
  readonly artifacts: Artifacts
  /** What runs and what waits, and what for. */
  readonly status: Status

  constructor(configuration: Configuration, platform: ClientPlatform) {
    super(configuration, platform)
    this.triggers = new Triggers(this.connection)
    this.secrets = new Secrets(this.connection)
    this.notifications = new Notifications(this.connection)
    this.settings = new ScopedSettings(this.connection)
    this.artifacts = new Artifacts(this.connection)
    this.status = new Status(this.connection)
    this.runs = new Runs(this)
    this.tasks = new Tasks(this)
    this.conditions = new Conditions(this)
    this.projects = new Projects(this)
    this.launchPlans = new LaunchPlans(this.connection, this)
  }

  /** Starts a run of a deployed launch plan: the same as `launchPlans.launch`. */
  launch<P extends AnyTask = AnyTask>(
    plan: LaunchPlanLike<P>,
    inputs: InputsOf<P> = {} as InputsOf<P>,
    options: StartRunOptions = {},
  ): Promise<RemoteRun<ResultOf<P>>> {
    return this.launchPlans.launch(plan, inputs, options)
  }
}
