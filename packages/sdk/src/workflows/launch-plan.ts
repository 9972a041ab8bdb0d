import { invalid, isRecord } from '../authoring/check-values.ts'
import { currentScope } from '../authoring/context.ts'
import { callDirectly } from '../authoring/direct-call.ts'
import { declaredOptions } from '../authoring/effective-options.ts'
import { refuseInGraph } from '../authoring/graph-hook.ts'
import type { DeclaredPlan, LaunchPlanPart } from '../authoring/launch-plan-part.ts'
import { registerLaunchPlan } from '../authoring/registry.ts'
import { type AnyTask, type CallOptions, createTask, definitionOf, type Task } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { currentMocks, mockOf } from '../local/mocks.ts'
import { noContext } from '../types/inputs-context.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import { checkGivenInputs } from '../types/validation.ts'
import { LaunchPlanKind } from './launch-plan-kind.ts'
import type { DateInputs, LaunchPlan, LaunchPlanOptions, NamedInputs, ScheduleCheck } from './launch-plan-types.ts'
import { checkPlanOptions, checkScheduled, checkTarget, refuseOverride } from './plan-checks.ts'
import { saveInputs, valuesOf } from './plan-inputs.ts'
import { planInterface, type SavedInputs } from './plan-interface.ts'
import type { PlanSchedule } from './plan-schedule.ts'
import { planRunOptions, planSpec } from './plan-spec.ts'

/**
 * Declares a launch plan: a named way to run a task or a workflow, with inputs that are saved, and what holds for its runs. It is
 * deployed with the file that declares it; of its versions one at most is active, which its schedule starts.
 *
 *     export const nightly = launchPlan(train, {
 *       name: 'nightly',
 *       defaults: { rows: 1000 },
 *       fixed: { region: 'eu' },
 *       schedule: cron('0 2 * * *', { tz: 'Europe/Berlin', kickoffInput: 'at' }),
 *     })
 *
 * @param target a workflow, or a task of any kind
 * @throws InvalidArgumentError naming the option that is wrong, the input whose value does not fit, or, for a plan with a
 * schedule, the input that has none
 */
export function launchPlan<
  I extends object,
  R,
  const D extends keyof NamedInputs<I> = never,
  const F extends keyof NamedInputs<I> = never,
  const S extends PlanSchedule<DateInputs<NamedInputs<I>>> | undefined = undefined,
>(
  target: Task<I, R>,
  options: LaunchPlanOptions<NamedInputs<I>, D, F, S> & ScheduleCheck<NamedInputs<I>, D, F, S>,
): LaunchPlan<NamedInputs<I>, R, D, F> {
  const plan = registered(declarePlan(target, options as LaunchPlanOptions, false))
  return plan as unknown as LaunchPlan<NamedInputs<I>, R, D, F>
}

/** The launch plan that every task has: of its name, with nothing saved. */
export function defaultLaunchPlan(target: AnyTask): AnyTask {
  return declarePlan(target, { name: target.name }, true)
}

function declarePlan(target: AnyTask, given: LaunchPlanOptions, isDefault: boolean): AnyTask {
  const launched = definitionOf(target)
  checkPlanOptions(given)
  checkTarget(launched, given.name)
  const options = snapshot(given)
  const parts = new PlanParts(launched, options)
  // What a task takes whose interface comes from its types may not be known before it is bundled.
  if (launched.untyped === undefined) void parts.interface
  const declared: DeclaredPlan = {
    launched,
    isDefault,
    autoActivate: options.autoActivate ?? false,
    schedule: options.schedule,
    runOptions: planRunOptions(options),
    get fixed() {
      return parts.saved.fixed
    },
    get defaults() {
      return parts.saved.defaults
    },
    toSpec: () => {
      void parts.interface
      return planSpec(options, parts.saved)
    },
  }
  const definition = planDefinition(launched, declared, parts, options)
  const redeclare = (changes: Partial<LaunchPlanOptions>) =>
    registered(declarePlan(target, merged(options, changes, declared), false))
  return createPlan(definition, declared, redeclare)
}

/** What is known of a plan once the interface of what it launches is. */
class PlanParts {
  readonly #launched: TaskDefinition
  readonly #options: LaunchPlanOptions
  #saved: SavedInputs | undefined
  #interface: TaskInterface | undefined

  constructor(launched: TaskDefinition, options: LaunchPlanOptions) {
    this.#launched = launched
    this.#options = options
  }

  get saved(): SavedInputs {
    this.#saved ??= saveInputs(this.#launched.interface, this.#options)
    return this.#saved
  }

  get interface(): TaskInterface {
    if (this.#interface === undefined) {
      const { name, schedule } = this.#options
      const made = planInterface(name, this.#launched.interface, this.saved)
      if (schedule !== undefined) checkScheduled(name, schedule, made)
      this.#interface = made
    }
    return this.#interface
  }
}

function planDefinition(
  { environment, docs, options }: TaskDefinition,
  declared: DeclaredPlan,
  parts: PlanParts,
  { name, description }: LaunchPlanOptions,
): TaskDefinition {
  const part: LaunchPlanPart = { reference: Object.freeze({ name }), declared }
  const kind = new LaunchPlanKind(part)
  const definition: TaskDefinition = {
    environment,
    name,
    functionName: name,
    kind,
    launchPlan: part,
    run: (inputs, context) => kind.execute(inputs, context, definition),
    docs: description === undefined ? docs : { short: description },
    get interface() {
      return parts.interface
    },
    options: {
      ...declaredOptions({ name: environment.name }, { name }),
      maxInlineIoBytes: options.maxInlineIoBytes,
    },
  }
  return definition
}

function createPlan(
  definition: TaskDefinition,
  declared: DeclaredPlan,
  redeclare: (changes: Partial<LaunchPlanOptions>) => AnyTask,
): AnyTask {
  const task: AnyTask = createTask(definition)
  const plan = (inputs?: object, call?: CallOptions) => {
    refuseInGraph(`launch plan ${definition.name}`)
    // Outside of every run there is nothing to launch.
    const isLaunched = currentScope()?.parent !== undefined || mockOf(definition, currentMocks()) !== undefined
    return isLaunched ? task(inputs, call) : callTarget(definition, declared, inputs, call)
  }
  return Object.defineProperties(plan, {
    ...Object.getOwnPropertyDescriptors(task),
    forward: {
      value: (inputs?: object, call?: CallOptions) => callTarget(definition, declared, inputs, call),
    },
    override: { value: () => refuseOverride(definition.name) },
    reference: { value: definition.launchPlan?.reference, enumerable: true },
    with: { value: redeclare },
  }) as unknown as AnyTask
}

/** Calls what a plan launches as a plain function, with what the plan saves. */
async function callTarget(
  { interface: ofPlan }: TaskDefinition,
  { launched, fixed }: DeclaredPlan,
  given: object = {},
  { signal }: CallOptions = {},
): Promise<unknown> {
  const values = await checkGivenInputs(ofPlan, given as Record<string, unknown>)
  const named = Object.fromEntries(ofPlan.inputs.map(({ name }, index) => [name, values[index]]))
  const { group = '', context } = currentScope() ?? {}
  return callDirectly({
    definition: launched,
    inputs: { ...named, ...valuesOf(launched.interface, fixed) },
    group,
    signal,
    customContext: context?.customContext ?? noContext,
    trace: undefined,
  })
}

function registered(plan: AnyTask): AnyTask {
  registerLaunchPlan(plan)
  return plan
}

/** What is said of a plan, apart from the objects that it was said with. */
function snapshot(given: LaunchPlanOptions): LaunchPlanOptions {
  return structuredLike(given) as LaunchPlanOptions
}

function structuredLike(given: object): object {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, copied.has(key) ? { ...(value as object) } : value]))
}

const copied: ReadonlySet<string> = new Set([
  'defaults',
  'fixed',
  'labels',
  'annotations',
  'envVars',
  'customContext',
  'concurrency',
  'identity',
] satisfies (keyof LaunchPlanOptions)[])

/** The options of a plan with others instead, option by option; saved inputs are those that were saved. */
function merged(
  options: LaunchPlanOptions,
  changes: Partial<LaunchPlanOptions>,
  { launched, fixed, defaults }: DeclaredPlan,
): LaunchPlanOptions {
  if (!isRecord(changes) || changes['name'] === undefined) {
    throw invalid('name', `launch plan ${options.name}: another plan made of it needs a name of its own`)
  }
  return {
    ...options,
    defaults: valuesOf(launched.interface, defaults),
    fixed: valuesOf(launched.interface, fixed),
    ...(structuredLike(changes) as LaunchPlanOptions),
  }
}
