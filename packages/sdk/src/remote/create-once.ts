import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import {
  type CreateRunResponse,
  CreateRunResponseSchema,
  type GetRunDetailsResponse,
  RunSchema,
} from '@tern/idl/workflow'
import { isBroken } from './rpc-errors.ts'

const maxRepeats = 3

/**
 * Creates a run whose name is known, and creates it again when the connection broke before the answer came: either it is not
 * there yet, or the call before has made it.
 */
export async function createOnce(
  createRun: () => Promise<CreateRunResponse>,
  findRun: () => Promise<GetRunDetailsResponse>,
): Promise<CreateRunResponse> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await createRun()
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error
      if (repeats > 0 && error.code === Code.AlreadyExists) return toCreated(await findRun())
      if (repeats >= maxRepeats || !isBroken(error)) throw error
    }
  }
}

function toCreated({ details }: GetRunDetailsResponse): CreateRunResponse {
  const { id, metadata, status } = details?.action ?? {}
  return create(CreateRunResponseSchema, {
    run: create(RunSchema, {
      action: { ...(id && { id }), ...(metadata && { metadata }), ...(status && { status }) },
    }),
  })
}
