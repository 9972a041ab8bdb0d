import type { Configuration, Token } from './configuration.ts'
import { defaultPlace } from './default-place.ts'
import { parseEndpoint } from './endpoint.ts'

/** What a page says about the server that it calls. There is no environment and no config file. */
export interface ConfigurationOptions {
  /** `host:port` or a URL. Defaults to where the page comes from. */
  readonly endpoint?: string | undefined
  /** Defaults to `flytesnacks`. */
  readonly project?: string | undefined
  /** Defaults to `development`. */
  readonly domain?: string | undefined
  /** Defaults to `tern`. */
  readonly org?: string | undefined
  /** A token, or what gives the one in force: it is asked before every call. Defaults to none. */
  readonly token?: Token | undefined
}

/** @throws InvalidArgumentError when the endpoint is not an address */
export function browserConfiguration(options: ConfigurationOptions): Configuration {
  const { org, project, domain, token } = { ...defaultPlace, ...given(options) }
  const page = (globalThis as { readonly location?: { readonly origin: string } }).location?.origin
  const endpoint = parseEndpoint(options.endpoint ?? page ?? '')
  const isConfigured = options.endpoint !== undefined
  const source = isConfigured ? 'the call' : 'the page'
  return { endpoint, org, project, domain, token, console: endpoint, isConfigured, source }
}

function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}
