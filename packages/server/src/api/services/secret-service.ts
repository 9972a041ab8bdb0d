import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import { ClusterIdentifierSchema, ListRequestSchema } from '@tern/idl/common'
import {
  OverallStatus,
  type Secret,
  type SecretIdentifier,
  SecretIdentifierSchema,
  SecretPresenceStatus,
  SecretSchema,
  type SecretService,
  type SecretSpec,
  SecretType,
  SecretTypeSchema,
} from '@tern/idl/secret'
import type { NewSecret } from '../../secrets/secret-vault.ts'
import type { SecretKey, StoredSecret } from '../../store/secrets-repository.ts'
import type { ApiDomain } from '../domain.ts'

/** Secrets can be listed and replaced, and never be read. */
export function createSecretService({ secrets, config }: ApiDomain): ServiceImpl<typeof SecretService> {
  const toMessage = ({ name, domain, project, type, createdAt }: StoredSecret): Secret =>
    create(SecretSchema, {
      id: create(SecretIdentifierSchema, { name, organization: config.org, domain, project }),
      secretMetadata: {
        createdTime: timestampFromMs(createdAt),
        type: type as SecretType,
        secretStatus: {
          overallStatus: OverallStatus.FULLY_PRESENT,
          clusterStatus: [
            {
              cluster: create(ClusterIdentifierSchema, { organization: config.org, name: clusterName }),
              presenceStatus: SecretPresenceStatus.PRESENT,
            },
          ],
        },
      },
    })
  return {
    async createSecret({ id, secretSpec }) {
      await secrets.create(toNewSecret(id, secretSpec))
      return {}
    },
    async updateSecret({ id, secretSpec }) {
      await secrets.update(toNewSecret(id, secretSpec))
      return {}
    },
    async getSecret({ id }) {
      return { secret: toMessage(await secrets.get(toKey(id))) }
    },
    async deleteSecret({ id }) {
      await secrets.delete(toKey(id))
      return {}
    },
    async listSecrets({ domain, project, limit, token }) {
      if (limit < 0) throw new InvalidArgumentError(`limit: ${limit} is negative`, { field: 'limit' })
      const page = await secrets.list({ domain, project }, create(ListRequestSchema, { limit, token }))
      return { secrets: page.items.map(toMessage), token: page.token }
    },
  }
}

/** The one place where tasks of this server run, as clients show it. */
const clusterName = 'tern'

function toKey(id: SecretIdentifier | undefined): SecretKey {
  if (id === undefined) throw new InvalidArgumentError('id: value is required', { field: 'id' })
  return { name: id.name, domain: id.domain, project: id.project }
}

function toNewSecret(id: SecretIdentifier | undefined, spec: SecretSpec | undefined): NewSecret {
  const key = toKey(id)
  const type = spec?.type ?? SecretType.GENERIC
  if (!SecretTypeSchema.values.some(({ number }) => number === type)) {
    throw new InvalidArgumentError(`secret_spec.type: ${type} is not one of the known ones`, {
      field: 'secret_spec.type',
    })
  }
  return { ...key, type, value: valueOf(spec) }
}

function valueOf(spec: SecretSpec | undefined): Uint8Array {
  switch (spec?.value.case) {
    case 'stringValue':
      return new TextEncoder().encode(spec.value.value)
    case 'binaryValue':
      return spec.value.value
    default:
      throw new InvalidArgumentError('secret_spec.value: value is required', { field: 'secret_spec.value' })
  }
}
