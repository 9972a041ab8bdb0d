import type { DescMessage } from '@bufbuild/protobuf'
import {
  GetRequestSchema,
  InternalRunService,
  PutRequestSchema,
  ReportTrackedActionsRequestSchema,
} from '@tern/idl/workflow'

/** Requests of services that answer what is wrong with them in a message, beside what is right. */
export const judgedLater: ReadonlySet<DescMessage> = new Set([
  ...InternalRunService.methods.map(({ input }) => input),
  PutRequestSchema,
  GetRequestSchema,
  ReportTrackedActionsRequestSchema,
])
