import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError, UnimplementedError } from '@tern/core'
import { type Domain, DomainSchema, type DomainService } from '@tern/idl/org'
import type { ApiDomain } from '../domain.ts'

/** The domains that the server was started with: the same in every project. */
export function createDomainService({ projects, config }: ApiDomain): ServiceImpl<typeof DomainService> {
  const toMessage = (id: string): Domain => create(DomainSchema, { id, org: config.org, friendlyName: id })
  return {
    async listDomains() {
      return { domains: projects.domains.map(toMessage) }
    },
    async getDomain({ id }) {
      if (id === '') throw new InvalidArgumentError('id: value is required', { field: 'id' })
      projects.requireDomain(id)
      return { domain: toMessage(id) }
    },
    createDomain: refuse,
    updateDomain: refuse,
    deleteDomain: refuse,
  }
}

function refuse(): never {
  throw new UnimplementedError('the domains of a running server cannot be changed', {
    hint: 'They are configured: start the server with the domains that it shall have.',
  })
}
