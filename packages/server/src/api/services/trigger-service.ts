import { fromBinary } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError, toTimestamp } from '@tern/core'
import { EnrichedIdentitySchema, type TriggerIdentifier, type TriggerName } from '@tern/idl/common'
import { TriggerAutomationSpecSchema } from '@tern/idl/task'
import {
  type ListTriggersRequest,
  type Trigger,
  type TriggerDetails,
  type TriggerMetadata,
  type TriggerRevision,
  type TriggerService,
  TriggerSpecSchema,
  type TriggerStatus,
} from '@tern/idl/trigger'
import { toIdentityBytes } from '../../identity/caller.ts'
import type { TriggerKey, TriggerRevisionRow, TriggerScope, TriggerState } from '../../store/triggers-repository.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { fromProjectIdentifier } from '../wire/identifiers.ts'

export function createTriggerService({ triggers, config }: ApiDomain): ServiceImpl<typeof TriggerService> {
  const { org } = config
  function identityOf(context: HandlerContext): Uint8Array | null {
    const caller = callerOf(context, config)
    return caller === undefined ? null : toIdentityBytes(caller)
  }
  return {
    async deployTrigger({ name, revision, spec, automationSpec }, context) {
      if (spec === undefined) throw missing('spec')
      const trigger = await triggers.deploy(
        { key: toKey(name), spec, automation: automationSpec, expectedRevision: Number(revision) },
        identityOf(context),
      )
      return { trigger: toDetails(org, trigger) }
    },
    async getTriggerDetails({ name }) {
      return { trigger: toDetails(org, await triggers.get(toKey(name))) }
    },
    async getTriggerRevisionDetails({ id }) {
      const revision = await triggers.getRevision(toKey(id?.name, 'id.name'), Number(id?.revision))
      return { trigger: toDetails(org, revision) }
    },
    async listTriggers(request) {
      const page = await triggers.list(toScope(request), request.request)
      return { triggers: page.items.map((trigger) => toListed(org, trigger)), token: page.token }
    },
    async getTriggerRevisionHistory({ name, request }) {
      const page = await triggers.history(toKey(name), request)
      return { triggers: page.items.map((revision) => toRevision(org, revision)), token: page.token }
    },
    async updateTriggers({ names, active }, context) {
      await triggers.setActive(names.map(toNamedKey), active, identityOf(context))
      return {}
    },
    async deleteTriggers({ names }, context) {
      await triggers.delete(names.map(toNamedKey), identityOf(context))
      return {}
    },
  }
}

function toKey(id: TriggerName | undefined, field = 'name'): TriggerKey {
  if (id === undefined) throw missing(field)
  return toNamedKey(id)
}

function toNamedKey({ project, domain, taskName, name }: TriggerName): TriggerKey {
  return { project, domain, taskName, name }
}

function missing(field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: value is required`, { field })
}

function toScope({ scopeBy }: ListTriggersRequest): TriggerScope {
  switch (scopeBy.case) {
    case 'projectId':
      return fromProjectIdentifier(scopeBy.value)
    case 'taskName': {
      const { project, domain, name } = scopeBy.value
      return { project, domain, taskName: name }
    }
    case 'taskId': {
      const { project, domain, name, version } = scopeBy.value
      return { project, domain, taskName: name, taskVersion: version }
    }
    default:
      return {}
  }
}

function toIdentifier(org: string, { key, revision }: TriggerState): TriggerIdentifier {
  return {
    $typeName: 'flyteidl2.common.TriggerIdentifier',
    name: { $typeName: 'flyteidl2.common.TriggerName', org, ...key },
    revision: BigInt(revision),
  }
}

function toDetails(org: string, trigger: TriggerState): TriggerDetails {
  const { active, taskVersion, description } = trigger
  return {
    $typeName: 'flyteidl2.trigger.TriggerDetails',
    id: toIdentifier(org, trigger),
    metadata: toMetadata(trigger),
    spec: { ...fromBinary(TriggerSpecSchema, trigger.spec), active, taskVersion, description },
    status: toStatus(trigger),
    automationSpec: fromBinary(TriggerAutomationSpecSchema, trigger.automation),
    description,
  }
}

function toListed(org: string, trigger: TriggerState): Trigger {
  return {
    $typeName: 'flyteidl2.trigger.Trigger',
    id: toIdentifier(org, trigger),
    metadata: toMetadata(trigger),
    status: toStatus(trigger),
    active: trigger.active,
    automationSpec: fromBinary(TriggerAutomationSpecSchema, trigger.automation),
  }
}

function toRevision(org: string, revision: TriggerRevisionRow): TriggerRevision {
  return {
    $typeName: 'flyteidl2.trigger.TriggerRevision',
    id: toIdentifier(org, revision),
    metadata: toMetadata(revision),
    status: toStatus(revision),
    action: revision.action,
    createdAt: toTimestamp(revision.createdAt),
  }
}

function toMetadata({ deployedBy, updatedBy }: TriggerState): TriggerMetadata {
  return {
    $typeName: 'flyteidl2.trigger.TriggerMetadata',
    ...(deployedBy && { deployedBy: fromBinary(EnrichedIdentitySchema, deployedBy) }),
    ...(updatedBy && { updatedBy: fromBinary(EnrichedIdentitySchema, updatedBy) }),
  }
}

function toStatus({ deployedAt, updatedAt, triggeredAt, deletedAt }: TriggerState): TriggerStatus {
  return {
    $typeName: 'flyteidl2.trigger.TriggerStatus',
    deployedAt: toTimestamp(deployedAt),
    updatedAt: toTimestamp(updatedAt),
    ...(triggeredAt !== null && { triggeredAt: toTimestamp(triggeredAt) }),
    ...(deletedAt !== null && { deletedAt: toTimestamp(deletedAt) }),
  }
}
