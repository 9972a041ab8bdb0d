import { create } from '@bufbuild/protobuf'
import { createClient, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { ActionIdentifier } from '@tern/idl/common'
import type { Status } from '@tern/idl/rpc'
import {
  type ActionEvent,
  InternalRunService,
  type RecordActionEventRequest,
  RecordActionEventRequestSchema,
  RecordActionEventsRequestSchema,
  type RecordActionRequest,
  RecordActionRequestSchema,
  type UpdateActionStatusRequest,
  UpdateActionStatusRequestSchema,
} from '@tern/idl/workflow'
import { atOwner, type AtOwnerOptions } from '../at-owner.ts'
import type { ApiDomain } from '../domain.ts'
import { recordEvents } from '../record-events.ts'
import { fromActionIdentifier } from '../wire/identifiers.ts'
import { outcomeOf, toStatus } from '../wire/outcome.ts'

/**
 * What executors outside the server call. Each record is answered with a status of its own; one that was refused is as
 * if it had never come.
 */
export function createInternalRunService(domain: ApiDomain): ServiceImpl<typeof InternalRunService> {
  const { external, check, logger } = domain

  async function recordAction(request: RecordActionRequest, call: HandlerContext) {
    const record = async () => {
      check(RecordActionRequestSchema, request)
      await external.record(fromActionIdentifier(request.actionId), request)
    }
    return { actionId: request.actionId, status: await outcomeOf(record, { logger, call }) }
  }

  async function updateActionStatus(request: UpdateActionStatusRequest, call: HandlerContext) {
    const update = async () => {
      check(UpdateActionStatusRequestSchema, withAttempts(request))
      await external.update(fromActionIdentifier(request.actionId), request)
    }
    return { actionId: request.actionId, status: await outcomeOf(update, { logger, call }) }
  }

  async function recordEvent(request: RecordActionEventRequest, call: HandlerContext) {
    const record = async () => {
      check(RecordActionEventRequestSchema, request)
      await recordEvents(external, present(request.event), call)
    }
    return { actionId: request.event?.id, status: await outcomeOf(record, { logger, call }) }
  }

  /** A record of a stream, which may be of any server's run; the stream goes on whatever becomes of it. */
  async function inStream(
    request: Pick<Answer, 'actionId'>,
    call: HandlerContext,
    at: AtOwnerOptions<Answer>,
  ): Promise<Answer> {
    try {
      return await atOwner(call, at)
    } catch (error) {
      return { actionId: request.actionId, status: toStatus(error, { logger, call }) }
    }
  }

  return {
    recordAction,
    async *recordActionStream(requests, call) {
      for await (const { request = create(RecordActionRequestSchema) } of requests) {
        const response = await inStream(request, call, {
          here: () => recordAction(request, call),
          there: (transport, options) => createClient(InternalRunService, transport).recordAction(request, options),
        })
        yield { response }
      }
    },
    updateActionStatus,
    async *updateActionStatusStream(requests, call) {
      for await (const { request = create(UpdateActionStatusRequestSchema), nonce } of requests) {
        const response = await inStream(request, call, {
          here: () => updateActionStatus(request, call),
          there: (transport, options) =>
            createClient(InternalRunService, transport).updateActionStatus(request, options),
        })
        yield { response, nonce }
      }
    },
    async recordActionEvents(request, call) {
      const record = async () => {
        check(RecordActionEventsRequestSchema, request)
        await recordEvents(external, request.events, call)
      }
      return { status: await outcomeOf(record, { logger, call }) }
    },
    async *recordActionEventStream(requests, call) {
      for await (const { request = create(RecordActionEventRequestSchema), nonce } of requests) {
        yield { response: await recordEvent(request, call), nonce }
      }
    },
  }
}

interface Answer {
  readonly actionId?: ActionIdentifier | undefined
  readonly status?: Status | undefined
}

/** A status that comes without attempts means the action as a whole, whichever attempt it is in. */
function withAttempts(request: UpdateActionStatusRequest): UpdateActionStatusRequest {
  const { status } = request
  return status === undefined ? request : { ...request, status: { ...status, attempts: status.attempts || 1 } }
}

function present(event: ActionEvent | undefined): ActionEvent[] {
  if (event === undefined) throw new InvalidArgumentError('event: value is required', { field: 'event' })
  return [event]
}
