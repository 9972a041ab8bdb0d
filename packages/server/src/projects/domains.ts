import { checkDomainName, InvalidArgumentError } from '@tern/core'

/** The domains that a server has unless it is told others. */
export const defaultDomains: ReadonlyArray<string> = ['development', 'staging', 'production']

/** Checks the domains that a server is to have. Throws InvalidArgumentError. */
export function checkDomains(domains: ReadonlyArray<string>): ReadonlyArray<string> {
  const field = 'domains'
  if (domains.length === 0) throw new InvalidArgumentError('domains: at least one is required', { field })
  for (const domain of domains) checkDomainName(domain, field)
  const twice = domains.find((domain, index) => domains.indexOf(domain) !== index)
  if (twice !== undefined) throw new InvalidArgumentError(`domains: ${twice} is there twice`, { field })
  return domains
}
