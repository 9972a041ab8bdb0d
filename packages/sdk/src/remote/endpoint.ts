import { InvalidArgumentError } from '@tern/core'

/** Where a server is expected when nothing else is said. */
export const defaultEndpoint = 'http://127.0.0.1:30080'

/**
 * The address of a server as a URL, from any of the forms that Flyte's configuration takes: `host:port`,
 * `dns:///host:port`, `http://…`, `https://…`.
 *
 * @param insecure whether to speak without TLS where the text does not say; defaults to true for this machine only
 * @throws InvalidArgumentError when it is not an address
 */
export function parseEndpoint(text: string, insecure?: boolean): string {
  const address = text.trim().replace(/^dns:\/{0,3}/, '')
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') throw notAnEndpoint(text)
  const host = (scheme === undefined ? address : address.slice(scheme.length + 3)).replace(/\/+$/, '')
  const plain = scheme === undefined ? (insecure ?? isThisMachine(host)) : scheme === 'http'
  const url = `${plain ? 'http' : 'https'}://${host}`
  if (host === '' || !URL.canParse(url)) throw notAnEndpoint(text)
  return url
}

function isThisMachine(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|$)/.test(host)
}

function notAnEndpoint(text: string): InvalidArgumentError {
  return new InvalidArgumentError(`endpoint ${JSON.stringify(text)} is not an address`, {
    field: 'endpoint',
    hint: 'Write host:port, or a URL that begins with http:// or https://.',
  })
}
