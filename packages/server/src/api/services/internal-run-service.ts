import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import {
  type ActionEvent,
  type InternalRunService,
  type RecordActionEventRequest,
  RecordActionEventRequestSchema,
  RecordActionEventsRequestSchema,
  type RecordActionRequest,
  RecordActionRequestSchema,
  type UpdateActionStatusRequest,
  UpdateActionStatusRequestSchema,
} from '@tern/idl/workflow'
import type { ApiDomain } from '../domain.ts'
import { fromActionIdentifier } from '../wire/identifiers.ts'
import { outcomeOf } from '../wire/outcome.ts'

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
    return { ...echo(request), status: await outcomeOf(record, { logger, call }) }
  }

  async function updateActionStatus(request: UpdateActionStatusRequest, call: HandlerContext) {
    const update = async () => {
      check(UpdateActionStatusRequestSchema, withAttempts(request))
      await external.update(fromActionIdentifier(request.actionId), request)
    }
    return { ...echo(request), status: await outcomeOf(update, { logger, call }) }
  }

  async function recordEvent(request: RecordActionEventRequest, call: HandlerContext) {
    const record = async () => {
      check(RecordActionEventRequestSchema, request)
      await external.addEvents(present(request.event))
    }
    return { ...echo({ actionId: request.event?.id }), status: await outcomeOf(record, { logger, call }) }
  }

  return {
    recordAction,
    async *recordActionStream(requests, call) {
      for await (const { request } of requests) {
        yield { response: await recordAction(orEmpty(RecordActionRequestSchema, request), call) }
      }
    },
    updateActionStatus,
    async *updateActionStatusStream(requests, call) {
      for await (const { request, nonce } of requests) {
        yield { response: await updateActionStatus(orEmpty(UpdateActionStatusRequestSchema, request), call), nonce }
      }
    },
    async recordActionEvents(request, call) {
      const record = async () => {
        check(RecordActionEventsRequestSchema, request)
        await external.addEvents(request.events)
      }
      return { status: await outcomeOf(record, { logger, call }) }
    },
    async *recordActionEventStream(requests, call) {
      for await (const { request, nonce } of requests) {
        yield { response: await recordEvent(orEmpty(RecordActionEventRequestSchema, request), call), nonce }
      }
    },
  }
}

function echo<Id>({ actionId }: { readonly actionId?: Id | undefined }): { readonly actionId?: Id } {
  return actionId === undefined ? {} : { actionId }
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

function orEmpty<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema> | undefined,
): MessageShape<Schema> {
  return message ?? create(schema)
}
