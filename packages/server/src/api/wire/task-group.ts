import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt'
import { EnrichedIdentitySchema } from '@tern/idl/common'
import { type TaskGroup, TaskGroupSchema } from '@tern/idl/workflow'
import type { RunGroup } from '../../runs/run-groups.ts'

/** The runs of a task, in numbers. */
export function toTaskGroup(group: RunGroup): TaskGroup {
  const init: MessageInitShape<typeof TaskGroupSchema> = {
    taskName: group.task,
    environmentName: group.environmentName,
    shortName: group.shortName,
    totalRuns: BigInt(group.runs),
    latestRunTime: timestampFromMs(group.latestRunAt),
    recentStatuses: group.recent.map(({ run, phase }) => ({ runName: run, phase })),
    averageFailureRate: group.failureRate,
    createdBy: group.createdBy.map((bytes) => fromBinary(EnrichedIdentitySchema, bytes)),
    errorCounts: {
      userError: BigInt(group.errors.user),
      systemError: BigInt(group.errors.system),
      unspecifiedError: BigInt(group.errors.unspecified),
    },
    phaseCounts: group.phaseCounts.map(({ phase, runs }) => ({ phase, count: BigInt(runs) })),
  }
  if (group.latestEndAt !== null) init.latestFinishedTime = timestampFromMs(group.latestEndAt)
  if (group.averageDurationMs !== null) init.averageDuration = durationFromMs(Math.round(group.averageDurationMs))
  if (group.averageTimeToRunningMs !== null) {
    init.averageTimeToRunning = durationFromMs(Math.round(group.averageTimeToRunningMs))
  }
  return create(TaskGroupSchema, init)
}

/** A group that a watcher was told of, and that is no longer there. */
export function toVanishedGroup(task: string): TaskGroup {
  return create(TaskGroupSchema, { taskName: task, shouldDelete: true })
}
