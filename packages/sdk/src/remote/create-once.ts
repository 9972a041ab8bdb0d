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
 * Creates a run whose name is known, and creates it again when the connection broke before the answer came. A server of Tern
 * then answers with the run that is there; others say that there is one.
 *
 * @param findRun left out for a name that somebody else may have chosen as well: a run of it need not be this one
 */
export async function createOnce(
  createRun: () => Promise<CreateRunResponse>,
  findRun: (() => Promise<GetRunDetailsResponse>) | undefined,
): Promise<CreateRunResponse> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await createRun()
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error
      if (repeats > 0 && error.code === Code.AlreadyExists && findRun !== undefined) return toCreated(await findRun())
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
