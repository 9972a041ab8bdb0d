import { browserPlatform } from './browser-platform.ts'
import { browserConfiguration, type ConfigurationOptions } from './configuration.browser.ts'
import { TernClient } from './tern-client.ts'

/** Connects to a server: nothing is sent before the first call. */
export function createClient(options: ConfigurationOptions = {}): TernClient {
  return new TernClient(browserConfiguration(options), browserPlatform)
}
