import { create } from '@bufbuild/protobuf'
import { type Literal, SecurityContextSchema } from '@tern/idl/core'
import { type LaunchPlanSpec, LaunchPlanSpecSchema, OnLimit } from '@tern/idl/launchplan'
import { type NamedLiteral, RawDataStorageSchema, type RunSpec } from '@tern/idl/task'
import type { RunOptions } from '../authoring/run-handle.ts'
import { toRunSpec } from '../remote/run-spec.ts'
import type { LaunchPlanOptions } from './launch-plan-types.ts'
import type { SavedInputs } from './plan-interface.ts'
import { toWireSchedule } from './plan-schedule.ts'

const ofRuns = [
  'notify',
  'labels',
  'annotations',
  'envVars',
  'customContext',
  'maxActionConcurrency',
  'interruptible',
  'overwriteCache',
  'queue',
] as const satisfies (keyof LaunchPlanOptions & keyof RunOptions)[]

/** What a plan says of its runs that can be said of any run. */
export function planRunOptions(options: LaunchPlanOptions): RunOptions {
  return Object.fromEntries(ofRuns.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])))
}

/** A launch plan as the wire has it, but for the task that it launches. */
export function planSpec(options: LaunchPlanOptions, { fixed, defaults }: SavedInputs): LaunchPlanSpec {
  const { description = '', customContext = {}, schedule, concurrency } = options
  return create(LaunchPlanSpecSchema, {
    description,
    fixedInputs: toNamed(fixed),
    defaultInputs: toNamed(defaults),
    context: { ...customContext },
    runSpec: planRunSpec(options),
    ...(schedule === undefined ? {} : { schedule: toWireSchedule(schedule) }),
    ...(concurrency === undefined
      ? {}
      : {
          concurrency: {
            maxRuns: concurrency.max,
            onLimit: concurrency.onLimit === 'queue' ? OnLimit.QUEUE : OnLimit.SKIP,
          },
        }),
  })
}

function planRunSpec(options: LaunchPlanOptions): RunSpec {
  const { rawOutput, identity } = options
  const spec = toRunSpec(planRunOptions(options))
  if (rawOutput !== undefined) spec.rawDataStorage = create(RawDataStorageSchema, { rawDataPrefix: rawOutput })
  if (identity === undefined) return spec
  const { serviceAccount = '', iamRole = '' } = identity
  spec.securityContext = create(SecurityContextSchema, { runAs: { k8sServiceAccount: serviceAccount, iamRole } })
  return spec
}

function toNamed(saved: ReadonlyMap<string, Literal>): NamedLiteral[] {
  return [...saved].map(([name, value]) => ({ $typeName: 'flyteidl2.task.NamedLiteral', name, value }))
}
