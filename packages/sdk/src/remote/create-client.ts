import { type Configuration, type ConfigurationOptions, resolveConfiguration } from './configuration.ts'
import { nodePlatform } from './node-platform.ts'
import { TernClient } from './tern-client.ts'

/**
 * Connects to the configured server: nothing is sent before the first call. What the options leave out comes from the
 * environment, a config file, or the defaults.
 */
export function createClient(options: ConfigurationOptions = {}): TernClient {
  return createClientFor(resolveConfiguration(options))
}

/** The same, for a configuration that has been worked out. */
export function createClientFor(configuration: Configuration): TernClient {
  return new TernClient(configuration, nodePlatform)
}
