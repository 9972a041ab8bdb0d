import { fromBinary } from '@bufbuild/protobuf'
import { type Clock, fromProtoDuration, InvalidArgumentError, NotFoundError, UnimplementedError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { ArtifactType, type CreateDownloadLinkRequest } from '@tern/idl/dataproxy'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { ActionType } from '@tern/idl/workflow'
import type { Repositories } from '../store/repositories.ts'
import type { Tasks } from '../tasks/tasks.ts'
import { isWithin } from './offloaded-inputs.ts'
import { attemptFiles } from './run-files.ts'
import type { LinkSigner } from './signed-links.ts'
import { checkLinkDuration } from './uploads.ts'

export interface DownloadLinksParts {
  readonly repositories: Repositories
  readonly tasks: Tasks
  readonly storage: Storage
  readonly signer: LinkSigner
  readonly clock: Clock
  readonly config: { readonly maxLinkMs: number }
}

/** A link to a report or a code bundle, as the query of a URL. Throws NotFoundError when there is none. */
export async function createDownloadLink(
  parts: DownloadLinksParts,
  request: CreateDownloadLinkRequest,
): Promise<{ readonly query: string; readonly expiresAt: number }> {
  const ttl = request.expiresIn && fromProtoDuration(request.expiresIn).milliseconds
  const expiresAt = parts.clock.now() + checkLinkDuration(ttl, parts.config.maxLinkMs)
  const object = await locate(parts, request)
  if (!isWithin(parts.storage, object) || !(await parts.storage.exists(object))) {
    throw new NotFoundError(`${object} does not exist in the server's storage`)
  }
  return { query: parts.signer.sign({ purpose: 'download', object, expiresAt, md5: '', maxBytes: 0 }), expiresAt }
}

async function locate(parts: DownloadLinksParts, request: CreateDownloadLinkRequest): Promise<string> {
  switch (request.artifactType) {
    case ArtifactType.REPORT:
      return locateReport(parts, request)
    case ArtifactType.CODE_BUNDLE:
      return bundleOf(await findTask(parts, request))
    default:
      throw new InvalidArgumentError('artifact_type: must be REPORT or CODE_BUNDLE', { field: 'artifact_type' })
  }
}

async function locateReport(parts: DownloadLinksParts, { source }: CreateDownloadLinkRequest): Promise<string> {
  if (source.case !== 'actionAttemptId') {
    throw new InvalidArgumentError('source: a report belongs to an attempt: set action_attempt_id', { field: 'source' })
  }
  const { action, run } = await findAttempt(parts, source.value)
  return attemptFiles(run.runBase, action, source.value.attempt).reportUri
}

async function findTask(parts: DownloadLinksParts, { source }: CreateDownloadLinkRequest): Promise<TaskSpec> {
  switch (source.case) {
    case 'taskId':
      return (await parts.tasks.get(source.value)).spec
    case 'actionAttemptId': {
      const { action } = await findAttempt(parts, source.value)
      const spec =
        action.actionType === ActionType.TASK ? await parts.repositories.actions.findSpec(action.specDigest) : undefined
      if (spec === undefined) throw new NotFoundError(`action ${action.name} executes no task`)
      return fromBinary(TaskSpecSchema, spec)
    }
    case 'appId':
      throw new UnimplementedError('apps are not available yet')
    default:
      throw new InvalidArgumentError('source: value is required', { field: 'source' })
  }
}

function bundleOf({ taskTemplate }: TaskSpec): string {
  const uri = taskTemplate?.metadata?.codeBundleUri ?? ''
  if (uri === '') throw new NotFoundError(`task ${taskTemplate?.id?.name ?? ''} has no code bundle`)
  return uri
}

async function findAttempt(
  { repositories }: DownloadLinksParts,
  id: Extract<CreateDownloadLinkRequest['source'], { case: 'actionAttemptId' }>['value'],
) {
  const { project = '', domain = '', name = '' } = id.actionId?.run ?? {}
  const key = { project, domain, run: name, action: id.actionId?.name ?? '' }
  const [run, action] = await Promise.all([repositories.runs.find(key), repositories.actions.find(key)])
  if (run === undefined || action === undefined || id.attempt > action.attempt) {
    throw new NotFoundError(`attempt ${id.attempt} of action ${key.action} of run ${key.run} does not exist`)
  }
  return { run, action }
}
