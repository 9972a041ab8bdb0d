import { create, type DescMessage } from '@bufbuild/protobuf'
import { RunIdentifierSchema } from '@tern/idl/common'
import { TaskTemplateSchema } from '@tern/idl/core'
import { CreateUploadLocationRequestSchema, UploadInputsRequestSchema } from '@tern/idl/dataproxy'
import { DeployTaskRequestSchema } from '@tern/idl/task'
import { CreateRunRequestSchema } from '@tern/idl/workflow'
import type { CheckMessage } from './interceptors/validate.ts'

// What a first deployment and a first run are made of. The small ones come first: what they share is learned once.
const schemas: ReadonlyArray<DescMessage> = [
  RunIdentifierSchema,
  TaskTemplateSchema,
  CreateUploadLocationRequestSchema,
  UploadInputsRequestSchema,
  DeployTaskRequestSchema,
  CreateRunRequestSchema,
]

/**
 * Has the rules of usual requests compiled before somebody waits for that: they take more than a tenth of a second, which
 * is most of what a server does for its first run. One at a time, so that requests come in between.
 */
export function learnRules(check: CheckMessage): void {
  const left = [...schemas]
  const learnNext = (): void => {
    const schema = left.shift()
    if (schema === undefined) return
    try {
      check(schema, create(schema))
    } catch {
      // An empty message breaks some of them.
    }
    setImmediate(learnNext).unref()
  }
  setImmediate(learnNext).unref()
}
