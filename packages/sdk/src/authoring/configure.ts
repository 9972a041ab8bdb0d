import type { ConfigurationOptions } from '../remote/configuration.ts'

let configured: ConfigurationOptions = {}

/**
 * Says once for this process which server `run` talks to. Calling it again replaces what was said before; what is left
 * out comes from the environment (`TERN_ENDPOINT`, `TERN_PROJECT`, `TERN_DOMAIN`, `TERN_TOKEN`), then from Flyte's config
 * file, then from the defaults.
 */
export function configure(options: ConfigurationOptions): void {
  configured = { ...options }
}

/** What `configure` was told last. */
export function configuredOptions(): ConfigurationOptions {
  return configured
}
