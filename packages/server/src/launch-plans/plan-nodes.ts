import { fromBinary } from '@bufbuild/protobuf'
import { retryInPlace, UnavailableError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { InputsSchema, type RunSpec, RunSpecSchema, TaskSpecSource } from '@tern/idl/task'
import { checkWithin } from '../data/offloaded-inputs.ts'
import type { ActionData, NewRun, RunKey } from '../engine/model.ts'
import type { LaunchedRun, LaunchPlanResolver } from '../executors/in-process/launch-plan-executor.ts'
import type { Notifications } from '../notifications/notifications.ts'
import { rootCacheKey } from '../runs/root-cache-key.ts'
import { type InputsRequest, resolveRunInputs } from '../runs/run-inputs.ts'
import { labelWithPlan } from '../runs/run-spec.ts'
import { planOfRun } from '../runs/run-task.ts'
import { applyRunDefaults } from '../settings/run-defaults.ts'
import type { ScopedSettings } from '../settings/scoped-settings.ts'
import { toSpecRecord } from '../store/specs.ts'
import { type LaunchPlanName, placeOfPlan } from '../workflows/launch-plan-task.ts'
import { mergeRunSpecs } from './merge-run-specs.ts'
import type { Plan, Plans } from './plans.ts'

export interface PlanNodesParts {
  readonly plans: Plans
  readonly settings: Pick<ScopedSettings, 'forRuns'>
  readonly notifications: Pick<Notifications, 'rulesOf' | 'add'>
  readonly storage: Storage
  readonly org: string
  readonly maxInlineBytes: number
  readonly maxInputBytes: number
}

/** Launch plans as they are called by nodes of workflows and by tasks: what they say goes before what their caller's run has. */
export class PlanNodes implements LaunchPlanResolver {
  readonly #parts: PlanNodesParts

  constructor(parts: PlanNodesParts) {
    this.#parts = parts
  }

  async launch(run: RunKey, name: LaunchPlanName, inputs: ActionData): Promise<LaunchedRun> {
    const { storage, org, maxInlineBytes, maxInputBytes, settings } = this.#parts
    const place = placeOfPlan(name, run)
    const plan = await retryInPlace(
      () => this.#parts.plans.toCall({ ...place, name: name.name, version: name.version }),
      { isTransient: (error) => error instanceof UnavailableError, forMs: databaseIsAwayMs },
    )
    const resolved = await resolveRunInputs(toRequest(inputs), plan.task, {
      storage,
      place: { baseDir: '', org, ...place },
      maxInlineBytes,
      maxBytes: maxInputBytes,
      plan: plan.spec,
    })
    const ofPlace = await settings.forRuns(place)
    const toRunSpec = (inherited: RunSpec): RunSpec => {
      const runSpec = mergeRunSpecs(plan.spec.runSpec, inherited)
      applyRunDefaults(runSpec, ofPlace)
      labelWithPlan(runSpec, plan.key)
      runSpec.taskSpecSource = TaskSpecSource.DEPLOYED
      return runSpec
    }
    return {
      spec: toSpecRecord({ case: 'task', value: plan.task }),
      inputs: resolved.data,
      cacheKey: rootCacheKey(plan.task, resolved.hash),
      terms: {
        ...place,
        ...planOfRun(plan),
        toRunSpec,
        toRunBase: this.#runBaseOf(plan),
        announce: (made) => this.#announce(made, plan),
      },
    }
  }

  #runBaseOf({ spec }: Plan): LaunchedRun['terms']['toRunBase'] {
    const { storage, org } = this.#parts
    const directory = spec.runSpec?.runBaseDir ?? ''
    if (directory === '') return undefined
    const base = checkWithin(storage, directory, 'run_spec.run_base_dir')
    return ({ project, domain, run }) => storage.join(base, org, project, domain, run)
  }

  /** What is to be sent when the run ends: what its plan says. Its caller's own has been taken out. */
  async #announce({ key, requestDigest, runSpec }: NewRun, { spec }: Plan): Promise<void> {
    if (spec.runSpec === undefined) return
    const { notifications } = this.#parts
    await notifications.add({ ...key, requestDigest }, notifications.rulesOf(fromBinary(RunSpecSchema, runSpec)))
  }
}

// Its restart is nothing that a workflow should see.
const databaseIsAwayMs = 10 * 60_000

function toRequest(inputs: ActionData): InputsRequest {
  if ('bytes' in inputs) return { case: 'inputs', value: fromBinary(InputsSchema, inputs.bytes) }
  const { uri } = inputs
  return {
    case: 'offloadedInputData',
    value: { $typeName: 'flyteidl2.common.OffloadedInputData', uri, inputsHash: '' },
  }
}
