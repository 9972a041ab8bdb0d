import type { RunRecord } from '../store/engine-store.ts'
import type { NewRun } from './model.ts'

/** What the store keeps of a run, beside its root action. */
export function toRunRecord(request: NewRun, id: number): RunRecord {
  const { key, spec } = request
  return {
    id,
    project: key.project,
    domain: key.domain,
    name: key.run,
    source: request.source,
    specDigest: spec.digest,
    taskProject: spec.taskProject,
    taskDomain: spec.taskDomain,
    taskName: spec.taskName,
    taskVersion: spec.taskVersion,
    taskType: spec.taskType,
    runSpec: request.runSpec,
    requestDigest: request.requestDigest,
    runBase: request.runBase,
    createdBy: request.createdBy?.bytes ?? null,
    createdBySubject: request.createdBy?.subject ?? null,
    ...(request.trigger && { trigger: request.trigger }),
    ...(request.launchPlan && { launchPlan: request.launchPlan }),
  }
}
