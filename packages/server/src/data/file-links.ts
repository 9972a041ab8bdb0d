import { type Clock, fromProtoDuration, InvalidArgumentError, NotFoundError } from '@tern/core'
import { createStorage, type Storage } from '@tern/core/storage'
import type { CreateFileLinkRequest } from '@tern/idl/dataproxy'
import type { ActionKey } from '../engine/model.ts'
import type { ActionRow } from '../store/actions-repository.ts'
import type { ActionDataReader } from './action-data.ts'
import { namesFile } from './named-files.ts'
import { isWithin } from './offloaded-inputs.ts'
import type { LinkSigner } from './signed-links.ts'
import { checkLinkDuration } from './uploads.ts'

export interface FileLinksParts {
  readonly actionData: ActionDataReader
  readonly storage: Storage
  readonly signer: LinkSigner
  readonly clock: Clock
  readonly config: { readonly maxLinkMs: number }
}

/**
 * A link to a file that an action's inputs or outputs name, or to a folder of theirs, as the query of a URL. Tasks may leave
 * files anywhere on the machine, so that what they put out is theirs to show. Inputs are what callers say: of them only what
 * is in storage.
 */
export async function createFileLink(
  { actionData, storage, signer, clock, config }: FileLinksParts,
  { key, action }: { readonly key: ActionKey; readonly action: ActionRow },
  { uri, expiresIn }: CreateFileLinkRequest,
): Promise<{ readonly query: string; readonly expiresAt: number }> {
  const ttl = expiresIn && fromProtoDuration(expiresIn).milliseconds
  const expiresAt = clock.now() + checkLinkDuration(ttl, config.maxLinkMs)
  const [inputs, outputs] = await Promise.all([actionData.inputs(action), actionData.outputs(action)])
  const isGiven = isWithin(storage, uri) && namesFile(inputs?.literals ?? [], uri)
  if (!isGiven && !namesFile(outputs?.literals ?? [], uri)) {
    throw new NotFoundError(
      `neither the outputs nor the stored inputs of action ${key.action} of run ${key.run} name ${uri}`,
    )
  }
  const object = pathOf(uri)
  if (!(await isThere(object))) {
    throw new NotFoundError(`${uri} does not exist any more`, { hint: 'It was deleted after the action had named it.' })
  }
  return { query: signer.sign({ purpose: 'file', object, expiresAt, md5: '', maxBytes: 0 }), expiresAt }
}

function pathOf(uri: string): string {
  const path = uri.replace(/^file:\/\//, '').replace(/(?<=.)\/+$/, '')
  if (path.startsWith('/')) return path
  throw new InvalidArgumentError(`uri: ${uri} is not in the server's reach`, {
    field: 'uri',
    hint: 'The server reads files of its own machine; what lies elsewhere has to be read there.',
  })
}

async function isThere(path: string): Promise<boolean> {
  const machine = createStorage('/')
  if (await machine.exists(path)) return true
  for await (const _ of machine.list(path)) return true
  return false
}
