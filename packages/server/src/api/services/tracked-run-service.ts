import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { LabelsSchema, type RunSpec, RunSpecSchema } from '@tern/idl/task'
import {
  type CreateRunRequest,
  CreateRunRequestSchema,
  type CreateTrackedRunRequest,
  RunService,
  RunSource,
  TrackedActionUpdateSchema,
  type TrackedRunService,
} from '@tern/idl/workflow'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { toRun } from '../wire/action-message.ts'
import { fromRunIdentifier } from '../wire/identifiers.ts'
import { toStatus } from '../wire/outcome.ts'
import { createRunService } from './run-service.ts'
import { unavailableService } from './unavailable-service.ts'

/** Runs that clients execute by themselves. They are read and watched like any other. */
export function createTrackedRunService(domain: ApiDomain): ServiceImpl<typeof TrackedRunService> {
  const { runs, trackedRuns, check, config, logger } = domain
  const reads = { ...unavailableService(RunService), ...createRunService(domain) }
  return {
    async createRun(request, context) {
      const run = await runs.create(toCreateRequest(request), callerOf(context, config), { isExternal: true })
      return { run: toRun(config.org, run) }
    },
    async reportActions({ runId, updates }, call) {
      const outcomes = await trackedRuns.report(fromRunIdentifier(runId), updates, (update) =>
        check(TrackedActionUpdateSchema, update),
      )
      return { statuses: outcomes.map((error) => toStatus(error, { logger, call })) }
    },
    getRunDetails: reads.getRunDetails,
    watchRunDetails: reads.watchRunDetails,
    getActionDetails: reads.getActionDetails,
    watchActionDetails: reads.watchActionDetails,
    listRuns: reads.listRuns,
    watchRuns: reads.watchRuns,
    listActions: reads.listActions,
    watchActions: reads.watchActions,
    abortRun: reads.abortRun,
  }
}

function toCreateRequest({ id, task, offloadedInputData, ...rest }: CreateTrackedRunRequest): CreateRunRequest {
  const request = create(CreateRunRequestSchema, { source: RunSource.TRACKED })
  request.id = id
  request.task = task
  if (offloadedInputData !== undefined) request.inputWrapper = { case: 'offloadedInputData', value: offloadedInputData }
  if (rest.runStartTime !== undefined) request.runStartTime = rest.runStartTime
  request.runSpec = withLabels(rest)
  return request
}

/** The labels of the request count where its run spec has the same. */
function withLabels({ runSpec, labels }: Pick<CreateTrackedRunRequest, 'runSpec' | 'labels'>): RunSpec {
  const spec = runSpec ?? create(RunSpecSchema)
  const values = { ...spec.labels?.values, ...labels }
  return { ...spec, labels: create(LabelsSchema, { values }) }
}
