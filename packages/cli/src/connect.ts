import type { TernClient } from '@tern/sdk/client'
import type { ConnectionOptions } from './flags/common-options.ts'
import type { OptionSource, ResolvedOptions } from './flags/resolve-options.ts'
import type { CliIo } from './io.ts'

/**
 * A client for the server, project and domain that a command is about. Nothing is sent yet.
 *
 * @throws InvalidArgumentError when the endpoint is not an address
 */
export async function connect({ values, sources }: ResolvedOptions<ConnectionOptions>, io: CliIo): Promise<TernClient> {
  const { createClientFor, resolveConfiguration } = await import('@tern/sdk/client')
  const endpoint = endpointOf(values, sources)
  // What is not given as a flag, the SDK finds itself, so that the command and programs agree.
  const configuration = resolveConfiguration(
    {
      endpoint,
      project: sources['project'] === 'flag' ? values.project : undefined,
      domain: sources['domain'] === 'flag' ? values.domain : undefined,
      configFile: values.config,
    },
    { workingDirectory: io.cwd, env: io.env, homeDirectory: io.homeDirectory },
  )
  return createClientFor(endpoint === undefined ? configuration : { ...configuration, source: '--endpoint' })
}

/** The endpoint, where a flag says something about it. */
function endpointOf(
  { endpoint, insecure }: ConnectionOptions,
  sources: Readonly<Record<string, OptionSource>>,
): string | undefined {
  if (endpoint === undefined) return undefined
  const isInsecureSaid = sources['insecure'] === 'flag' || sources['insecure'] === 'environment'
  if (sources['endpoint'] !== 'flag' && !isInsecureSaid) return undefined
  if (insecure === undefined || endpoint.includes('://')) return endpoint
  return `${insecure ? 'http' : 'https'}://${endpoint}`
}
