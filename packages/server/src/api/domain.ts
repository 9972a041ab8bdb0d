import { CacheEntries } from '../cache-service/cache-entries.ts'
import { ActionDataReader } from '../data/action-data.ts'
import { Conditions } from '../conditions/conditions.ts'
import { checkWithin } from '../data/offloaded-inputs.ts'
import { ActionEvents } from '../events/action-events.ts'
import { registry } from '@tern/idl'
import { ActionStates } from '../external/action-states.ts'
import { ExternalActions } from '../external/external-actions.ts'
import { TrackedRuns } from '../external/tracked-runs.ts'
import { LinkSigner } from '../data/signed-links.ts'
import { Uploads } from '../data/uploads.ts'
import { LaunchPlans } from '../launch-plans/launch-plans.ts'
import { PlanNodes } from '../launch-plans/plan-nodes.ts'
import { Plans } from '../launch-plans/plans.ts'
import { Notifications } from '../notifications/notifications.ts'
import { Projects } from '../projects/projects.ts'
import { Artifacts } from '../artifacts/artifacts.ts'
import { Translator } from '../forms/translator.ts'
import { Runs } from '../runs/runs.ts'
import { Secrets } from '../secrets/secrets.ts'
import { ScopedSettings } from '../settings/scoped-settings.ts'
import { Tasks } from '../tasks/tasks.ts'
import { Triggers } from '../triggers/triggers.ts'
import { ParsedWorkflows } from '../workflows/parsed-workflows.ts'
import { WorkflowGraphs } from '../workflows/workflow-graphs.ts'
import type { ApiParts } from './api-parts.ts'
import { type CheckMessage, checkOf } from './interceptors/validate.ts'

/** What services call: the parts, and the domain made of them. */
export interface ApiDomain extends ApiParts {
  readonly projects: Projects
  readonly settings: ScopedSettings
  readonly secrets: Secrets
  readonly tasks: Tasks
  readonly triggers: Triggers
  readonly launchPlans: LaunchPlans
  /** Launch plans as workflows and tasks call them. */
  readonly planNodes: PlanNodes
  readonly runs: Runs
  readonly notifications: Notifications
  readonly uploads: Uploads
  readonly actionData: ActionDataReader
  readonly signer: LinkSigner
  readonly conditions: Conditions
  readonly cacheEntries: CacheEntries
  readonly events: ActionEvents
  readonly external: ExternalActions
  readonly trackedRuns: TrackedRuns
  readonly actionStates: ActionStates
  /** Throws InvalidArgumentError for a message that breaks the rules of the protocol. */
  readonly check: CheckMessage
  readonly translator: Translator
  readonly graphs: WorkflowGraphs
  readonly artifacts: Artifacts
}

// Answers hold inputs and outputs whole, and clients read what workers may have written.
export const maxReadBytes = 64 * 1024 * 1024

export function createDomain(parts: ApiParts): ApiDomain {
  const { repositories, engine, storage, clock, config } = parts
  const signer = new LinkSigner(config.signingKey)
  const projects = new Projects({ repository: repositories.projects, domains: config.domains, clock })
  const triggers = new Triggers({
    repository: repositories.triggers,
    tasks: repositories.tasks,
    projects,
    clock,
    canMail: parts.mailer !== undefined,
  })
  const notifications = new Notifications({
    repository: repositories.notifications,
    changes: engine.changes,
    mailer: parts.mailer,
    clock,
    logger: parts.logger.child({ part: 'notifications' }),
  })
  const plans = new Plans({ repository: repositories.launchPlans, tasks: repositories.tasks })
  const tasks = new Tasks({ repository: repositories.tasks, projects, triggers, plans, clock })
  const secrets = new Secrets({ vault: parts.vault, repository: repositories.secrets, projects })
  const checkDirectory = (directory: string, field: string) => void checkWithin(storage, directory, field)
  const settings = new ScopedSettings({
    repository: repositories.settings,
    projects,
    clock,
    checkDirectory,
  })
  const launchPlans = new LaunchPlans({
    repository: repositories.launchPlans,
    plans,
    tasks: repositories.tasks,
    projects,
    triggers,
    triggerRows: repositories.triggers,
    clock,
    canMail: parts.mailer !== undefined,
    checkDirectory,
  })
  const runs = new Runs({
    engine,
    repository: repositories.runs,
    projects,
    settings,
    tasks,
    triggers,
    plans,
    notifications,
    storage,
    clock,
    org: config.org,
    maxInlineBytes: config.maxInlineBytes,
    maxInputBytes: maxReadBytes,
  })
  const uploads = new Uploads({
    storage,
    projects,
    signer,
    clock,
    maxUploadBytes: config.maxUploadBytes,
    maxLinkMs: config.maxLinkMs,
  })
  const actionData = new ActionDataReader({ storage, maxBytes: maxReadBytes })
  const cacheEntries = new CacheEntries({ repository: repositories.cacheEntries, clock })
  const events = new ActionEvents({ repository: repositories.events, changes: engine.changes, clock })
  const conditions = new Conditions({ engine, actions: repositories.actions })
  const reporting = {
    engine,
    tasks,
    storage,
    clock,
    events,
    actions: repositories.actions,
    repository: repositories.externalActions,
  }
  const artifacts = new Artifacts({
    repository: repositories.artifacts,
    projects,
    storage,
    clock,
    org: config.org,
    maxInlineBytes: config.maxInlineBytes,
    maxBytes: maxReadBytes,
  })
  const translator = new Translator({
    triggers,
    runs: repositories.runs,
    actions: repositories.actions,
    actionData,
    storage,
    maxBytes: maxReadBytes,
  })
  return {
    ...parts,
    secrets,
    settings,
    translator,
    graphs: new WorkflowGraphs({
      tasks,
      actions: repositories.actions,
      workflows: new ParsedWorkflows(),
      storage,
      maxBytes: maxReadBytes,
      org: config.org,
    }),
    artifacts,
    projects,
    tasks,
    triggers,
    notifications,
    launchPlans,
    planNodes: new PlanNodes({
      plans,
      settings,
      notifications,
      storage,
      org: config.org,
      maxInlineBytes: config.maxInlineBytes,
      maxInputBytes: maxReadBytes,
    }),
    runs,
    uploads,
    actionData,
    conditions,
    signer,
    cacheEntries,
    events,
    external: new ExternalActions({ ...reporting, runs, conditions, org: config.org }),
    trackedRuns: new TrackedRuns(reporting),
    actionStates: new ActionStates(reporting),
    check: checkOf(registry),
  }
}
