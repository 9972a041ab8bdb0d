import { fromBinary } from '@bufbuild/protobuf'
import { fromErrorDocument, NotFoundError, type TaskFailure } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { ErrorDocumentSchema } from '@tern/idl/core'
import type { ActionData } from '../../engine/model.ts'
import type { ProcessExit } from './task-process.ts'

export type Verdict =
  | { readonly outcome: 'succeeded'; readonly outputs: ActionData | null }
  | { readonly outcome: 'failed'; readonly failure: TaskFailure }

/**
 * How an attempt ended, from what it left behind. A task that raised an error exits with 0 all the same: what counts is
 * the `error.pb` below its output prefix, then its `outputs.pb`.
 */
export async function readVerdict(
  storage: Storage,
  prefix: string,
  exit: ProcessExit,
  hasOutputs: boolean,
): Promise<Verdict> {
  if (exit.error !== null) return failed('SpawnFailed', `the task could not be started: ${exit.error.message}`)
  const error = await readError(storage, `${prefix}/error.pb`)
  if (error !== undefined) return { outcome: 'failed', failure: error }
  if (exit.signal !== null) return failed('Interrupted', `the task was killed by ${exit.signal}`)
  if (exit.code !== 0)
    return failed('Interrupted', `the task ended with exit code ${exit.code} and left no error behind`)
  if (await storage.exists(`${prefix}/outputs.pb`)) return { outcome: 'succeeded', outputs: { uri: prefix } }
  if (!hasOutputs) return { outcome: 'succeeded', outputs: null }
  return failed('OutputsMissing', `the task ended well, but wrote no outputs to ${prefix}/outputs.pb`)
}

async function readError(storage: Storage, uri: string): Promise<TaskFailure | undefined> {
  try {
    return fromErrorDocument(fromBinary(ErrorDocumentSchema, await storage.read(uri)))
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    return { code: 'ErrorFileBadFormat', message: `${uri} cannot be read`, kind: 'system', recoverable: true }
  }
}

function failed(code: string, message: string): Verdict {
  return { outcome: 'failed', failure: { code, message, kind: 'system', recoverable: true } }
}
