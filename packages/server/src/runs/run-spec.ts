import { clone, create } from '@bufbuild/protobuf'
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt'
import { RelationType } from '@tern/idl/common'
import type { RuntimeMetadata } from '@tern/idl/core'
import type { Settings } from '@tern/idl/settings'
import { LabelsSchema, type RunSpec, RunSpecSchema, type TaskSpec, TaskSpecSource } from '@tern/idl/task'
import { planLabels } from '../engine/detached-run.ts'
import type { RunLaunchPlan } from '../engine/model.ts'
import { applyRunDefaults } from '../settings/run-defaults.ts'

export interface RunSpecRequest {
  readonly runSpec: RunSpec | undefined
  /** What the run spec need not say: the settings of the run's project. */
  readonly settings?: Settings
  readonly runStartTime: Timestamp | undefined
  readonly task: TaskSpec
  readonly isDeployed: boolean
  /** UTC epoch milliseconds. */
  readonly now: number
  /** Where data goes that no run spec says otherwise about. */
  readonly rawDataPrefix: string
}

/** The run spec as it is stored: the request's, with what the server decides filled in. */
export function completeRunSpec(request: RunSpecRequest): RunSpec {
  const spec = request.runSpec === undefined ? create(RunSpecSchema) : clone(RunSpecSchema, request.runSpec)
  if (request.settings !== undefined) applyRunDefaults(spec, request.settings)
  spec.taskSpecSource = request.isDeployed ? TaskSpecSource.DEPLOYED : TaskSpecSource.EPHEMERAL
  if (spec.runStartTime === undefined && takesRunStartTime(request.task.taskTemplate?.metadata?.runtime)) {
    spec.runStartTime = request.runStartTime ?? timestampFromMs(request.now)
  }
  if (!spec.rawDataStorage?.rawDataPrefix) {
    spec.rawDataStorage = { $typeName: 'flyteidl2.task.RawDataStorage', rawDataPrefix: request.rawDataPrefix }
  }
  if (spec.relation === undefined && spec.relatedTo !== undefined) {
    spec.relation = {
      $typeName: 'flyteidl2.common.Relation',
      relatedTo: spec.relatedTo,
      relationType: RelationType.RERUN,
    }
  }
  return spec
}

/** Has a run spec say which launch plan it is of: messages of runs have no field for it. */
export function labelWithPlan(spec: RunSpec, { name, version }: Pick<RunLaunchPlan, 'name' | 'version'>): void {
  const labels = { [planLabels.name]: name, [planLabels.version]: version }
  spec.labels = create(LabelsSchema, { values: { ...spec.labels?.values, ...labels } })
}

// Runtimes older than this refuse to start when they are handed the run's start time.
const firstVersionWithStartTime = [2, 3, 6] as const

function takesRunStartTime(runtime: RuntimeMetadata | undefined): boolean {
  if (runtime === undefined) return false
  if (runtime.flavor === 'typescript') return true
  const match = /v?(\d+)\.(\d+)\.(\d+)/.exec(runtime.version)
  if (match === null) return false
  const version = match.slice(1, 4).map(Number)
  for (const [index, least] of firstVersionWithStartTime.entries()) {
    const part = version[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}
