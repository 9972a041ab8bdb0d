/**
 * Talking to a server, from programs.
 *
 * @module @tern/sdk/client
 */
export { createClient, createClientFor } from './remote/create-client.ts'
export {
  type Configuration,
  type ConfigurationOptions,
  resolveConfiguration,
  type Token,
} from './remote/configuration.ts'
export { TernClient } from './remote/tern-client.ts'
export type { CreateRunOptions, StreamOptions, TaskReference } from './remote/tern-client.ts'
export type { FilterFunction, ListOptions } from './remote/connection.ts'
export type { Artifacts } from './remote/artifacts.ts'
export type { ConditionAnswerValue, Conditions, PendingCondition } from './remote/conditions.ts'
export type { Notifications } from './remote/notifications.ts'
export type { NewProject, Projects } from './remote/projects.ts'
export type { NewSecret, Scope, Secrets } from './remote/secrets.ts'
export type { RunSummary, Runs, StartRunOptions } from './remote/runs.ts'
export type { RunListOptions, RunSortKey } from './remote/run-filters.ts'
export type { RemoteRun } from './remote/remote-run.ts'
export type { ActionSummary, LogOptions, RemoteAction } from './remote/remote-action.ts'
export type { RecoverOptions, RerunOptions, RunSource } from './remote/rerun.ts'
export type { ScopedSettings } from './remote/settings.ts'
export type { Tasks } from './remote/tasks.ts'
export type { TriggerDeployment, TriggerReference, Triggers } from './remote/triggers.ts'
export { defaultEndpoint } from './remote/endpoint.ts'
export type { LogEntry } from './remote/log-stream.ts'
export type { RunError, RunHandle, RunState, WaitOptions } from './authoring/run-handle.ts'
export { toRunState } from './remote/action-state.ts'
export { toRunSpec } from './remote/run-spec.ts'

// For `tern`, which does the same with more to say about it.
export { conditionFilter, toPayload } from './remote/conditions.ts'
export { findRunSource, toRerunSpec } from './remote/rerun.ts'

// What `run()` of the main entry is made of.
export { startRemoteRun } from './remote/start-run.ts'
