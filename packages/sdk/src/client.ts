/**
 * Talking to a server, from programs.
 *
 * @module @tern/sdk/client
 */
export {
  createClient,
  type CreateRunOptions,
  type StreamOptions,
  type TaskReference,
  TernClient,
} from './remote/tern-client.ts'
export { type Configuration, type ConfigurationOptions, resolveConfiguration } from './remote/configuration.ts'
export type { FilterFunction, ListOptions } from './remote/connection.ts'
export type { Artifacts } from './remote/artifacts.ts'
export type { Notifications } from './remote/notifications.ts'
export type { NewSecret, Scope, Secrets } from './remote/secrets.ts'
export type { ScopedSettings } from './remote/settings.ts'
export type { TriggerDeployment, TriggerReference, Triggers } from './remote/triggers.ts'
export { defaultEndpoint } from './remote/endpoint.ts'
export type { LogEntry } from './remote/log-stream.ts'
export { toRunState } from './remote/remote-run.ts'

// What `run()` of the main entry is made of.
export { startRemoteRun, toRunSpec } from './remote/start-run.ts'
