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
export * from './client-parts.ts'

// For `tern`, which does the same with more to say about it.
export { conditionFilter, toPayload } from './remote/conditions.ts'
export { findRunSource, toRerunSpec } from './remote/rerun.ts'

export { toLaunch, toLaunchOptions } from './remote/launch-plans.ts'

// What `run()` of the main entry is made of.
export { startRemoteRun } from './remote/start-run.ts'
