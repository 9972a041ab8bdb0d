import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { fromProtoDuration } from '@tern/core'
import type { DataProxyService } from '@tern/idl/dataproxy'
import { LogLineOriginator } from '@tern/idl/logs'
import { type LogLine, LogLine_Stream } from '@tern/idl/worker'
import { inputsUri } from '../../data/run-files.ts'
import { uploadInputs } from '../../data/upload-inputs.ts'
import { createDownloadLink } from '../../data/download-links.ts'
import { createFileLink } from '../../data/file-links.ts'
import { tailLogs } from '../../data/task-logs.ts'
import type { ApiDomain } from '../domain.ts'
import { originOf } from '../request-origin.ts'
import { actionNotFound, fromActionIdentifier } from '../wire/identifiers.ts'
import { downloadPath, passedFilePath, uploadPath } from '../transport/file-paths.ts'

export function createDataProxyService(domain: ApiDomain): ServiceImpl<typeof DataProxyService> {
  const { repositories, uploads, actionData, engine, config } = domain
  return {
    async createUploadLocation(request, context) {
      const location = await uploads.locate({
        project: request.project,
        domain: request.domain,
        filename: request.filename,
        filenameRoot: request.filenameRoot,
        md5: request.contentMd5,
        contentLength: Number(request.contentLength),
        expiresInMs: request.expiresIn && fromProtoDuration(request.expiresIn).milliseconds,
      })
      return {
        signedUrl: `${originOf(context)}${uploadPath}?${location.query}`,
        nativeUrl: location.uri,
        expiresAt: timestampFromMs(location.expiresAt),
        headers: location.headers,
      }
    },
    async uploadInputs(request) {
      return { offloadedInputData: await uploadInputs(domain, request) }
    },
    async getActionData({ actionId }) {
      const key = fromActionIdentifier(actionId)
      const action = await repositories.actions.find(key)
      if (action === undefined) throw actionNotFound(key)
      const [inputs, outputs] = await Promise.all([actionData.inputs(action), actionData.outputs(action)])
      return {
        inputs: inputs ?? {},
        outputs: outputs ?? {},
        inputsUri: inputs !== undefined && action.inputsUri !== null ? inputsUri('', action) : '',
        outputsUri: outputs === undefined ? '' : (action.outputsUri ?? ''),
      }
    },
    async createDownloadLink(request, context) {
      const link = await createDownloadLink(domain, request)
      return {
        preSignedUrls: {
          signedUrl: [`${originOf(context)}${downloadPath}?${link.query}`],
          expiresAt: timestampFromMs(link.expiresAt),
        },
      }
    },
    async createFileLink(request, context) {
      const key = fromActionIdentifier(request.actionId)
      const action = await repositories.actions.find(key)
      if (action === undefined) throw actionNotFound(key)
      const link = await createFileLink(domain, { key, action }, request)
      return {
        signedUrl: `${originOf(context)}${passedFilePath}?${link.query}`,
        expiresAt: timestampFromMs(link.expiresAt),
      }
    },
    async *tailLogs({ actionId, attempt }, context) {
      const batches = tailLogs({
        feed: engine.changes,
        actions: repositories.actions,
        logs: repositories.logs,
        isStopping: (ref) => engine.isStopping(ref),
        key: fromActionIdentifier(actionId),
        attempt,
        keepAliveMs: config.keepAliveMs,
        signal: context.signal,
      })
      for await (const lines of batches) yield { logs: lines.length === 0 ? [] : [{ lines: lines.map(toLogLine) }] }
    },
  }
}

function toLogLine({ atMs, text, stream }: LogLine) {
  return {
    timestamp: timestampFromMs(atMs),
    message: `${text}\n`,
    originator: stream === LogLine_Stream.SYSTEM ? LogLineOriginator.SYSTEM : LogLineOriginator.USER,
  }
}
