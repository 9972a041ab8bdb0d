import { type ConfigFile, type FileSurroundings, findConfigFile } from './config-file.ts'
import { defaultPlace } from './default-place.ts'
import { defaultEndpoint, parseEndpoint } from './endpoint.ts'

/** A token, or a function that gives one. The empty text stands for none. */
export type Token = string | (() => string | undefined | Promise<string | undefined>)

/** Which server to talk to, and as whom. */
export interface Configuration {
  /** A URL. */
  readonly endpoint: string
  readonly org: string
  readonly project: string
  readonly domain: string
  /** Sent as a bearer token, if there is one. */
  readonly token: Token | undefined
  /** Where pages of the console are, a URL. */
  readonly console: string
  /** Whether anybody named the endpoint. If not, it is the default, and perhaps nobody has started a server. */
  readonly isConfigured: boolean
  /** Where the endpoint comes from, for messages. */
  readonly source: string
}

/** What can be configured in code, or with flags of a command. What is left out comes from the environment or a file. */
export interface ConfigurationOptions {
  /** `host:port` or a URL. Also `TERN_ENDPOINT`, or `admin.endpoint` in the config file. */
  readonly endpoint?: string | undefined
  /** Also `TERN_PROJECT`, or `task.project`. Defaults to `flytesnacks`. */
  readonly project?: string | undefined
  /** Also `TERN_DOMAIN`, or `task.domain`. Defaults to `development`. */
  readonly domain?: string | undefined
  /** Also `TERN_ORG`, or `task.org`. Defaults to `tern`. */
  readonly org?: string | undefined
  /** A token, or what gives the one in force: it is asked before every call. Also `TERN_TOKEN`. */
  readonly token?: Token | undefined
  /** A config file, instead of the first of Flyte's search path. Also `TERN_CONFIG`. */
  readonly configFile?: string | undefined
}

/**
 * Works out the configuration: what is given in code before the environment (`TERN_…`, then Flyte's `FLYTE_…`), before the
 * config file, before the defaults.
 *
 * @throws InvalidArgumentError when the endpoint is not an address, or the config file cannot be read
 */
export function resolveConfiguration(
  options: ConfigurationOptions = {},
  surroundings: FileSurroundings = { workingDirectory: process.cwd(), env: process.env },
): Configuration {
  const { env } = surroundings
  const file = findConfigFile(options.configFile ?? nonEmpty(env['TERN_CONFIG']), surroundings)
  const { endpoint, source, isConfigured } = chooseEndpoint(options, env, file)
  return {
    endpoint,
    source,
    isConfigured,
    org: options.org ?? nonEmpty(env['TERN_ORG']) ?? nonEmpty(env['FLYTE_TASK_ORG']) ?? file?.org ?? defaultPlace.org,
    project:
      options.project ??
      nonEmpty(env['TERN_PROJECT']) ??
      nonEmpty(env['FLYTE_TASK_PROJECT']) ??
      file?.project ??
      defaultPlace.project,
    domain:
      options.domain ??
      nonEmpty(env['TERN_DOMAIN']) ??
      nonEmpty(env['FLYTE_TASK_DOMAIN']) ??
      file?.domain ??
      defaultPlace.domain,
    token: options.token ?? nonEmpty(env['TERN_TOKEN']),
    console: file?.consoleEndpoint === undefined ? endpoint : parseEndpoint(file.consoleEndpoint, file.insecure),
  }
}

type Endpoint = Pick<Configuration, 'endpoint' | 'source' | 'isConfigured'>

function chooseEndpoint(
  options: ConfigurationOptions,
  env: FileSurroundings['env'],
  file: ConfigFile | undefined,
): Endpoint {
  const flyteInsecure = env['FLYTE_ADMIN_INSECURE']
  const insecure = flyteInsecure === undefined ? file?.insecure : /^(?:1|true|yes)$/i.test(flyteInsecure)
  const candidates: readonly [string | undefined, string, boolean | undefined][] = [
    [options.endpoint, 'the call', undefined],
    [nonEmpty(env['TERN_ENDPOINT']), 'TERN_ENDPOINT', undefined],
    [nonEmpty(env['FLYTE_ADMIN_ENDPOINT']), 'FLYTE_ADMIN_ENDPOINT', insecure],
    [file?.endpoint, file?.path ?? '', insecure],
  ]
  for (const [text, source, plain] of candidates) {
    if (text !== undefined) return { endpoint: parseEndpoint(text, plain), source, isConfigured: true }
  }
  return { endpoint: defaultEndpoint, source: 'the default', isConfigured: false }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
