import type { DescMessage, Message } from '@bufbuild/protobuf'
import type { Interceptor } from '@connectrpc/connect'
import { truncateText } from '@tern/core'
import type { EnqueueRequest } from '@tern/idl/actions'
import type { UploadInputsRequest } from '@tern/idl/dataproxy'
import type { DeployTaskRequest, TaskSpec } from '@tern/idl/task'
import type { CreateRunRequest } from '@tern/idl/workflow'
import { eachRequestMessage } from './request-messages.ts'

const maxShortText = 255
const maxLongText = 2048

/** Cuts the descriptions of tasks to what the protocol allows: nobody should fail to deploy for having written much. */
export function shortenTexts(): Interceptor {
  return eachRequestMessage((_schema: DescMessage, message: Message) => {
    const spec = taskSpecIn(message as Requests)
    if (spec !== undefined) shorten(spec)
  })
}

type Requests = DeployTaskRequest | CreateRunRequest | UploadInputsRequest | EnqueueRequest

function taskSpecIn(request: Requests): TaskSpec | undefined {
  switch (request.$typeName) {
    case 'flyteidl2.task.DeployTaskRequest':
      return request.spec
    case 'flyteidl2.workflow.CreateRunRequest':
    case 'flyteidl2.dataproxy.UploadInputsRequest':
      return request.task.case === 'taskSpec' ? request.task.value : undefined
    case 'flyteidl2.actions.EnqueueRequest':
      return request.action?.spec.case === 'task' ? request.action.spec.value.spec : undefined
    default:
      return undefined
  }
}

function shorten({ environment, documentation }: TaskSpec): void {
  if (environment !== undefined) environment.description = truncateText(environment.description, maxShortText)
  if (documentation === undefined) return
  documentation.shortDescription = truncateText(documentation.shortDescription, maxShortText)
  documentation.longDescription = truncateText(documentation.longDescription, maxLongText)
}
