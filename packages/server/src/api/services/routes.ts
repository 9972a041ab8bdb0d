import type { DescService } from '@bufbuild/protobuf'
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect'
import { ActionsService } from '@tern/idl/actions'
import { ArtifactService } from '@tern/idl/artifact'
import { AuthMetadataService, IdentityService } from '@tern/idl/auth'
import { WorkflowService } from '@tern/idl/graph'
import { ImageService } from '@tern/idl/imagebuilder'
import { CacheService, v1 as cacheV1 } from '@tern/idl/cacheservice'
import { ClusterService } from '@tern/idl/cluster'
import { DataProxyService } from '@tern/idl/dataproxy'
import { LaunchPlanService } from '@tern/idl/launchplan'
import { DomainService } from '@tern/idl/org'
import { ProjectService } from '@tern/idl/project'
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
import type { ApiDomain } from '../domain.ts'
import { createActionsService } from './actions-service.ts'
import { createArtifactService } from './artifact-service.ts'
import { createAuthMetadataService } from './auth-metadata-service.ts'
import { createCacheService, createCacheServiceV1 } from './cache-service.ts'
import { createClusterService } from './cluster-service.ts'
import { createDataProxyService } from './data-proxy-service.ts'
import { createDomainService } from './domain-service.ts'
import { createEventsProxyService } from './events-proxy-service.ts'
import { createFiringService } from './firing-service.ts'
import { Forwarding } from './forwarded.ts'
import { createIdentityService } from './identity-service.ts'
import { createImageService } from './image-service.ts'
import { createLaunchPlanService } from './launch-plan-service.ts'
import { createInternalRunService } from './internal-run-service.ts'
import { createProjectService } from './project-service.ts'
import { createNotificationService } from './notification-service.ts'
import { createQueueService } from './queue-service.ts'
import { createRunService } from './run-service.ts'
import { createSecretService } from './secret-service.ts'
import { createSettingsService } from './settings-service.ts'
import { createStateService } from './state-service.ts'
import { createStatusService } from './status-service.ts'
import { createTaskService } from './task-service.ts'
import { createTrackedRunService } from './tracked-run-service.ts'
import { createTranslatorService } from './translator-service.ts'
import { createTriggerService } from './trigger-service.ts'
import { createWorkflowService } from './workflow-service.ts'
import { unavailableService } from './unavailable-service.ts'

/** Routes every service of the protocol. What is not there yet says so, method by method. */
export function createRoutes(domain: ApiDomain, services: ReadonlyArray<DescService>): (router: ConnectRouter) => void {
  const forwarding = new Forwarding({ logger: domain.logger })
  return (router) => {
    const routed = new Set<DescService>()
    function route<Service extends DescService>(service: Service, methods: Partial<ServiceImpl<Service>>): void {
      routed.add(service)
      router.service(service, forwarding.forwarded(service, { ...unavailableService(service), ...methods }))
    }
    route(ProjectService, createProjectService(domain))
    route(DomainService, createDomainService(domain))
    route(SecretService, createSecretService(domain))
    route(SettingsService, createSettingsService(domain))
    route(TaskService, createTaskService(domain))
    route(TriggerService, createTriggerService(domain))
    route(FiringService, createFiringService(domain))
    route(LaunchPlanService, createLaunchPlanService(domain))
    route(NotificationService, createNotificationService(domain))
    route(RunService, createRunService(domain))
    route(ActionsService, createActionsService(domain))
    route(DataProxyService, createDataProxyService(domain))
    route(ClusterService, createClusterService())
    route(IdentityService, createIdentityService(domain))
    route(AuthMetadataService, createAuthMetadataService())
    route(InternalRunService, createInternalRunService(domain))
    route(EventsProxyService, createEventsProxyService(domain))
    route(TrackedRunService, createTrackedRunService(domain))
    route(QueueService, createQueueService(domain))
    route(StateService, createStateService(domain))
    route(CacheService, createCacheService(domain))
    route(cacheV1.CacheService, createCacheServiceV1(domain))
    route(StatusService, createStatusService(domain))
    route(TranslatorService, createTranslatorService(domain))
    route(ArtifactService, createArtifactService(domain))
    route(ImageService, createImageService(domain))
    route(WorkflowService, createWorkflowService(domain))
    for (const service of services) {
      // Whatever is in the request: it is not judged.
      if (!routed.has(service)) router.service(service, unavailableService(service), { interceptors: [] })
    }
  }
}
