type Outcomes = 'ok' | 'unimplemented' | ReadonlyArray<string>

const bad = 'invalid_argument'
const missing = 'not_found'
const taken = 'already_exists'
const state = 'failed_precondition'
const exhausted = 'resource_exhausted'

const reads = [bad, missing]
const lists = [bad]

/**
 * How each method of the protocol may end, beside well: `ok` when it always does, `unimplemented` when it is not there.
 * `conformance.test.ts` holds the tests to it, in every format and on every database.
 */
export const documentedOutcomes: Readonly<Record<string, Readonly<Record<string, Outcomes>>>> = {
  'flyteidl2.workflow.RunService': {
    CreateRun: [bad, missing, taken, state],
    AbortRun: reads,
    AbortAction: reads,
    GetRunDetails: reads,
    WatchRunDetails: reads,
    GetActionDetails: reads,
    WatchActionDetails: reads,
    GetActionData: reads,
    GetActionDataURIs: reads,
    GetActionLogContext: reads,
    ListRuns: lists,
    WatchRuns: lists,
    ListActions: lists,
    ListActionTimes: reads,
    WatchActions: reads,
    WatchClusterEvents: reads,
    WatchGroups: lists,
    WatchWindow: reads,
    WatchWindowedActions: reads,
    SignalEvent: [bad, missing, state],
  },
  'flyteidl2.actions.ActionsService': {
    Enqueue: [bad, missing, 'aborted'],
    WatchForUpdates: lists,
    Update: [bad, missing, state],
    Abort: reads,
    Signal: [bad, missing, state],
  },
  'flyteidl2.task.TaskService': {
    DeployTask: [bad, missing, state],
    GetTaskDetails: reads,
    ListTasks: lists,
    ListVersions: lists,
  },
  'flyteidl2.trigger.TriggerService': {
    DeployTrigger: [bad, missing, state],
    GetTriggerDetails: reads,
    GetTriggerRevisionDetails: reads,
    ListTriggers: lists,
    GetTriggerRevisionHistory: lists,
    UpdateTriggers: reads,
    DeleteTriggers: reads,
  },
  'flyteidl2.project.ProjectService': {
    CreateProject: [bad, taken],
    UpdateProject: reads,
    GetProject: reads,
    ListProjects: lists,
  },
  'flyteidl2.org.DomainService': {
    ListDomains: 'ok',
    GetDomain: reads,
    CreateDomain: 'unimplemented',
    UpdateDomain: 'unimplemented',
    DeleteDomain: 'unimplemented',
  },
  'flyteidl2.settings.SettingsService': {
    GetSettings: lists,
    GetSettingsForEdit: lists,
    CreateSettings: [bad, taken],
    UpdateSettings: [bad, missing, state],
  },
  'flyteidl2.secret.SecretService': {
    CreateSecret: [bad, taken],
    UpdateSecret: reads,
    GetSecret: reads,
    DeleteSecret: reads,
    ListSecrets: lists,
  },
  'flyteidl2.dataproxy.DataProxyService': {
    CreateUploadLocation: [bad, missing, taken],
    UploadInputs: reads,
    CreateDownloadLink: reads,
    CreateFileLink: reads,
    GetActionData: reads,
    TailLogs: reads,
  },
  'flyteidl2.workflow.TranslatorService': {
    LiteralsToLaunchFormJson: reads,
    LaunchFormJsonToLiterals: lists,
    TaskSpecToLaunchFormJson: lists,
    JsonValuesToLiterals: lists,
  },
  'flyteidl2.artifact.ArtifactService': {
    CreateArtifact: [bad, missing, taken],
    GetArtifact: reads,
    ListArtifacts: lists,
    ListArtifactNames: lists,
  },
  'flyteidl2.cacheservice.v2.CacheService': {
    Get: reads,
    Put: [bad, taken],
    Delete: reads,
    GetOrExtendReservation: lists,
    ReleaseReservation: lists,
  },
  'flyteidl2.cacheservice.CacheService': {
    Get: reads,
    Put: [bad, taken],
    Delete: reads,
    GetOrExtendReservation: lists,
    ReleaseReservation: lists,
  },
  // Outcomes are in the answers: see §1.2 of the protocol's reference.
  'flyteidl2.workflow.InternalRunService': {
    RecordAction: 'ok',
    RecordActionStream: 'ok',
    UpdateActionStatus: 'ok',
    UpdateActionStatusStream: 'ok',
    RecordActionEvents: 'ok',
    RecordActionEventStream: 'ok',
  },
  'flyteidl2.workflow.EventsProxyService': { Record: lists },
  'flyteidl2.workflow.TrackedRunService': {
    CreateRun: [bad, missing, taken],
    ReportActions: reads,
    GetRunDetails: reads,
    WatchRunDetails: reads,
    GetActionDetails: reads,
    WatchActionDetails: reads,
    ListRuns: lists,
    WatchRuns: lists,
    ListActions: lists,
    WatchActions: reads,
    AbortRun: reads,
  },
  'flyteidl2.workflow.QueueService': {
    EnqueueAction: reads,
    AbortQueuedRun: reads,
    AbortQueuedAction: reads,
  },
  'flyteidl2.workflow.StateService': { Put: 'ok', Get: 'ok', Watch: 'ok' },
  'flyteidl2.cluster.ClusterService': { SelectCluster: lists },
  'flyteidl2.imagebuilder.ImageService': { GetImage: reads },
  'flyteidl2.auth.IdentityService': { UserInfo: ['unauthenticated'] },
  'flyteidl2.auth.AuthMetadataService': { GetOAuth2Metadata: 'unimplemented', GetPublicClientConfig: 'ok' },
  'tern.trigger.v1.FiringService': { ListFirings: reads, ListUpcomingFirings: reads },
  'tern.notification.v1.NotificationService': { ListNotifications: reads },
  'tern.status.v1.StatusService': { GetStatus: reads },
  'tern.launchplan.v1.LaunchPlanService': {
    DeployLaunchPlan: [bad, missing, taken],
    GetLaunchPlan: reads,
    ListLaunchPlans: lists,
    ActivateLaunchPlan: [bad, missing, state],
    DeactivateLaunchPlan: [bad, missing, state],
    Launch: [bad, missing, taken, state, exhausted],
  },
  'tern.workflow.v1.WorkflowService': { GetGraph: [bad, missing, state] },
  // What this server has other ways for, or no use.
  'flyteidl2.workflow.RunLogsService': { TailLogs: 'unimplemented' },
  'flyteidl2.app.AppLogsService': { TailLogs: 'unimplemented' },
  'flyteidl2.app.AppService': {
    Create: 'unimplemented',
    Get: 'unimplemented',
    Update: 'unimplemented',
    UpdateStatus: 'unimplemented',
    Delete: 'unimplemented',
    List: 'unimplemented',
    Watch: 'unimplemented',
    Lease: 'unimplemented',
  },
  'flyteidl2.connector.AsyncConnectorService': {
    CreateTask: 'unimplemented',
    GetTask: 'unimplemented',
    DeleteTask: 'unimplemented',
    GetTaskMetrics: 'unimplemented',
    GetTaskLogs: 'unimplemented',
  },
  'flyteidl2.connector.ConnectorMetadataService': { GetConnector: 'unimplemented', ListConnectors: 'unimplemented' },
}

/** The outcomes of a method that tests have to show. */
export function outcomesToShow(service: string, method: string): ReadonlyArray<string> | undefined {
  const outcomes = documentedOutcomes[service]?.[method]
  if (outcomes === undefined) return undefined
  if (outcomes === 'ok' || outcomes === 'unimplemented') return [outcomes]
  return ['ok', ...outcomes]
}
