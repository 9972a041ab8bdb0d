import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { ActionsService } from '@tern/idl/actions'
import { ArtifactService } from '@tern/idl/artifact'
import { AuthMetadataService, IdentityService } from '@tern/idl/auth'
import { CacheService, v1 as cacheV1 } from '@tern/idl/cacheservice'
import { ClusterService } from '@tern/idl/cluster'
import { WorkflowService } from '@tern/idl/graph'
import { ImageService } from '@tern/idl/imagebuilder'
import { DataProxyService } from '@tern/idl/dataproxy'
import { LaunchPlanService } from '@tern/idl/launchplan'
import { ProjectService } from '@tern/idl/project'
import { DomainService } from '@tern/idl/org'
import { SecretService } from '@tern/idl/secret'
import { SettingsService } from '@tern/idl/settings'
import { StatusService } from '@tern/idl/status'
import { TaskService } from '@tern/idl/task'
import { NotificationService } from '@tern/idl/notification'
import { FiringService, TriggerService } from '@tern/idl/trigger'
import {
  EventsProxyService,
  InternalRunService,
  QueueService,
  RunService,
  StateService,
  TrackedRunService,
  TranslatorService,
} from '@tern/idl/workflow'

export interface Clients {
  readonly projects: Client<typeof ProjectService>
  readonly domains: Client<typeof DomainService>
  readonly settings: Client<typeof SettingsService>
  readonly secrets: Client<typeof SecretService>
  readonly tasks: Client<typeof TaskService>
  readonly triggers: Client<typeof TriggerService>
  readonly firings: Client<typeof FiringService>
  readonly workflows: Client<typeof WorkflowService>
  readonly launchPlans: Client<typeof LaunchPlanService>
  readonly notifications: Client<typeof NotificationService>
  readonly runs: Client<typeof RunService>
  readonly actions: Client<typeof ActionsService>
  readonly data: Client<typeof DataProxyService>
  readonly clusters: Client<typeof ClusterService>
  readonly images: Client<typeof ImageService>
  readonly identity: Client<typeof IdentityService>
  readonly auth: Client<typeof AuthMetadataService>
  readonly translator: Client<typeof TranslatorService>
  readonly artifacts: Client<typeof ArtifactService>
  readonly cache: Client<typeof CacheService>
  readonly cacheV1: Client<typeof cacheV1.CacheService>
  readonly internal: Client<typeof InternalRunService>
  readonly eventsProxy: Client<typeof EventsProxyService>
  readonly tracked: Client<typeof TrackedRunService>
  readonly queue: Client<typeof QueueService>
  readonly states: Client<typeof StateService>
  readonly status: Client<typeof StatusService>
}

/** Generated clients of the services that are implemented. */
export function createClients(transport: Transport): Clients {
  return {
    projects: createClient(ProjectService, transport),
    domains: createClient(DomainService, transport),
    settings: createClient(SettingsService, transport),
    secrets: createClient(SecretService, transport),
    tasks: createClient(TaskService, transport),
    triggers: createClient(TriggerService, transport),
    firings: createClient(FiringService, transport),
    workflows: createClient(WorkflowService, transport),
    launchPlans: createClient(LaunchPlanService, transport),
    notifications: createClient(NotificationService, transport),
    runs: createClient(RunService, transport),
    actions: createClient(ActionsService, transport),
    data: createClient(DataProxyService, transport),
    clusters: createClient(ClusterService, transport),
    images: createClient(ImageService, transport),
    identity: createClient(IdentityService, transport),
    auth: createClient(AuthMetadataService, transport),
    translator: createClient(TranslatorService, transport),
    artifacts: createClient(ArtifactService, transport),
    cache: createClient(CacheService, transport),
    cacheV1: createClient(cacheV1.CacheService, transport),
    internal: createClient(InternalRunService, transport),
    eventsProxy: createClient(EventsProxyService, transport),
    tracked: createClient(TrackedRunService, transport),
    queue: createClient(QueueService, transport),
    states: createClient(StateService, transport),
    status: createClient(StatusService, transport),
  }
}
