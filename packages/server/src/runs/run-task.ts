import { fromBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { OnLimit } from '@tern/idl/launchplan'
import { type RunSpec, type TaskSpec, TriggerAutomationSpecSchema } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import type { CreateRunRequest } from '@tern/idl/workflow'
import type { NewRun } from '../engine/model.ts'
import { mergeRunSpecs } from '../launch-plans/merge-run-specs.ts'
import type { PlanInputs } from '../launch-plans/plan-inputs.ts'
import type { Plan, Plans } from '../launch-plans/plans.ts'
import type { StoredTrigger } from '../store/triggers-repository.ts'
import type { Tasks } from '../tasks/tasks.ts'
import { planOfTrigger } from '../triggers/plan-triggers.ts'
import type { Triggers } from '../triggers/triggers.ts'
import type { InputsRequest } from './run-inputs.ts'

/** What is to be run, and how. */
export interface RunTask {
  readonly spec: TaskSpec
  readonly isDeployed: boolean
  readonly inputs: InputsRequest
  readonly runSpec: RunSpec | undefined
  readonly trigger?: StoredTrigger
  /** The input that takes the time of the firing; empty for none. Not of runs that no schedule starts. */
  readonly kickoffInput?: string
  readonly plan?: RunPlan
}

/** The launch plan that a run is of. */
export interface RunPlan extends Required<Pick<NewRun, 'launchPlan'>>, Pick<NewRun, 'maxRuns'> {
  readonly inputs: PlanInputs
}

export interface RunTasksParts {
  readonly tasks: Pick<Tasks, 'get'>
  readonly triggers: Pick<Triggers, 'get'>
  readonly plans: Plans
}

/** Finds what requests are to run. */
export class RunTasks {
  readonly #parts: RunTasksParts

  constructor(parts: RunTasksParts) {
    this.#parts = parts
  }

  /** Throws NotFoundError for an unknown task, trigger or launch plan, InvalidArgumentError for a request that names none. */
  async resolve(request: CreateRunRequest): Promise<RunTask> {
    const { tasks, triggers } = this.#parts
    const { task, inputWrapper: inputs, runSpec } = request
    switch (task.case) {
      case 'taskId':
        return { spec: (await tasks.get(task.value)).spec, isDeployed: true, inputs, runSpec }
      case 'taskSpec':
        checkTaskSpec(task.value)
        return { spec: task.value, isDeployed: false, inputs, runSpec }
      case 'triggerName':
        return this.#ofTrigger(request, await triggers.get(task.value))
      default:
        throw new InvalidArgumentError('task: one of task_id, task_spec and trigger_name is required', {
          field: 'task',
        })
    }
  }

  /** A run of a trigger is what the trigger says, where the request does not say otherwise. */
  async #ofTrigger(request: CreateRunRequest, trigger: StoredTrigger): Promise<RunTask> {
    const { key, taskVersion } = trigger
    const { automation } = fromBinary(TriggerAutomationSpecSchema, trigger.automation)
    const scheduled = automation.case === 'schedule' && { kickoffInput: automation.value.kickoffTimeInputArg }
    const planName = planOfTrigger(key)
    if (planName !== undefined) {
      const plan = await this.#parts.plans.toCall({ ...key, name: planName, version: '' })
      return { ...taskOfPlan(plan, request.inputWrapper, request.runSpec), trigger, ...scheduled }
    }
    const task = await this.#parts.tasks.get({ ...key, name: key.taskName, version: taskVersion })
    const { inputWrapper, runSpec } = fromBinary(TriggerSpecSchema, trigger.spec)
    return {
      spec: task.spec,
      isDeployed: true,
      trigger,
      inputs: request.inputWrapper.case === undefined ? inputWrapper : request.inputWrapper,
      runSpec: request.runSpec ?? runSpec,
      ...scheduled,
    }
  }
}

/** A run of a launch plan: what whoever launches says goes before what the plan says. */
export function taskOfPlan(plan: Plan, inputs: InputsRequest, runSpec: RunSpec | undefined): RunTask {
  return {
    spec: plan.task,
    isDeployed: true,
    inputs,
    runSpec: mergeRunSpecs(runSpec, plan.spec.runSpec),
    plan: { ...planOfRun(plan), inputs: plan.spec },
  }
}

/** What the run of a plan is known by, and which limit it has. */
export function planOfRun({ key, spec }: Plan): Pick<RunPlan, 'launchPlan' | 'maxRuns'> {
  const { maxRuns = 0, onLimit = OnLimit.SKIP } = spec.concurrency ?? {}
  const waits = maxRuns > 0 && onLimit === OnLimit.QUEUE
  return {
    launchPlan: { name: key.name, version: key.version, queueLimit: waits ? maxRuns : null },
    ...(maxRuns > 0 && !waits && { maxRuns }),
  }
}

function checkTaskSpec(spec: TaskSpec): void {
  const id = spec.taskTemplate?.id
  if (id === undefined || id.name === '') {
    const field = `task_spec.task_template.id${id === undefined ? '' : '.name'}`
    throw new InvalidArgumentError(`${field}: value is required`, { field })
  }
}
