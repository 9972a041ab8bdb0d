import { ActionNodesRepository } from './action-nodes-repository.ts'
import { ActionsRepository } from './actions-repository.ts'
import { ArtifactsRepository } from './artifacts-repository.ts'
import { CacheEntriesRepository } from './cache-entries-repository.ts'
import { EventsRepository } from './events-repository.ts'
import { ExternalActionsRepository } from './external-actions-repository.ts'
import { FiringsRepository } from './firings-repository.ts'
import { ImagesRepository } from './images-repository.ts'
import { LaunchPlanPlacesRepository } from './launch-plan-places-repository.ts'
import { LaunchPlansRepository } from './launch-plans-repository.ts'
import { LogsRepository } from './logs-repository.ts'
import { NotificationsRepository } from './notifications-repository.ts'
import { ProducedRepository } from './produced-repository.ts'
import { ProjectsRepository } from './projects-repository.ts'
import type { QueryDatabase } from './query-database.ts'
import { RetentionRepository } from './retention-repository.ts'
import { RunGroupsRepository } from './run-groups-repository.ts'
import { RunsRepository } from './runs-repository.ts'
import { SecretsRepository } from './secrets-repository.ts'
import { SettingsRepository } from './settings-repository.ts'
import { TasksRepository } from './tasks-repository.ts'
import { TriggersRepository } from './triggers-repository.ts'
import { WebhooksRepository } from './webhooks-repository.ts'

/** The store as the API reads it, and what it writes beside the engine. */
export interface Repositories {
  readonly settings: SettingsRepository
  readonly secrets: SecretsRepository
  readonly projects: ProjectsRepository
  readonly tasks: TasksRepository
  readonly triggers: TriggersRepository
  readonly firings: FiringsRepository
  readonly launchPlans: LaunchPlansRepository
  readonly launchPlanPlaces: LaunchPlanPlacesRepository
  readonly runs: RunsRepository
  readonly runGroups: RunGroupsRepository
  readonly actions: ActionsRepository
  readonly actionNodes: ActionNodesRepository
  readonly artifacts: ArtifactsRepository
  readonly produced: ProducedRepository
  readonly logs: LogsRepository
  readonly webhooks: WebhooksRepository
  readonly notifications: NotificationsRepository
  readonly images: ImagesRepository
  readonly cacheEntries: CacheEntriesRepository
  readonly events: EventsRepository
  readonly externalActions: ExternalActionsRepository
  readonly retention: RetentionRepository
}

export function createRepositories(database: QueryDatabase): Repositories {
  return {
    settings: new SettingsRepository(database),
    secrets: new SecretsRepository(database),
    projects: new ProjectsRepository(database),
    tasks: new TasksRepository(database),
    triggers: new TriggersRepository(database),
    firings: new FiringsRepository(database),
    launchPlans: new LaunchPlansRepository(database),
    launchPlanPlaces: new LaunchPlanPlacesRepository(database),
    runs: new RunsRepository(database),
    runGroups: new RunGroupsRepository(database),
    actions: new ActionsRepository(database),
    actionNodes: new ActionNodesRepository(database),
    artifacts: new ArtifactsRepository(database),
    produced: new ProducedRepository(database),
    logs: new LogsRepository(database),
    webhooks: new WebhooksRepository(database),
    notifications: new NotificationsRepository(database),
    images: new ImagesRepository(database),
    cacheEntries: new CacheEntriesRepository(database),
    events: new EventsRepository(database),
    externalActions: new ExternalActionsRepository(database),
    retention: new RetentionRepository(database),
  }
}
