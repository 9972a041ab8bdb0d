import { checkTaskVersion } from '@tern/core'
import { checkKeys, checkText, invalid } from '../authoring/check-values.ts'
import { declaredOptions } from '../authoring/effective-options.ts'
import { refuseInGraph } from '../authoring/graph-hook.ts'
import type { CallInputs, CallResult } from '../authoring/inference.ts'
import type { LaunchPlanPart, LaunchPlanReference } from '../authoring/launch-plan-part.ts'
import { type AnyTask, createTask } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { isSchema, type Schema, type Schemas } from '../types/standard-schema.ts'
import { bindDeployedInterface } from '../types/task-interface.ts'
import { LaunchPlanKind } from './launch-plan-kind.ts'
import type { PlanTask } from './launch-plan-types.ts'
import { checkPlanName, refuseOverride } from './plan-checks.ts'

/** The part of a deployed launch plan's interface that is used: its fixed inputs are none of it. */
export interface RefLaunchPlanInterface<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> {
  /** Schemas of the inputs that are given, by name; one that is optional has a default where it is deployed. */
  readonly inputs?: I | undefined
  /** Schema of what its runs return. */
  readonly output?: O | undefined
  /** Schemas of several outputs, by name, instead of `output`. A Python task calls them `o0`, `o1` and so on. */
  readonly outputs?: N | undefined
}

/**
 * A launch plan that is deployed, wherever its code is:
 *
 *     const score = refLaunchPlan({ project: 'ml', domain: 'production', name: 'score' }, { inputs: { rows: z.int() }, output: z.number() })
 *
 * Nothing is asked of a server when it is declared. A workflow with a node of it is compared with what is deployed when that
 * workflow is; in local runs it has to be replaced: `mockTask` of `@tern/testing`.
 *
 * @throws InvalidArgumentError naming what is wrong
 */
export function refLaunchPlan<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
>(
  reference: LaunchPlanReference,
  declared: RefLaunchPlanInterface<I, O, N> = {},
): PlanTask<CallInputs<I>, CallResult<O, N>> {
  checkReference(reference)
  const { name } = reference
  checkInterface(name, declared)
  const part: LaunchPlanPart = { reference: Object.freeze({ ...reference }) }
  const kind = new LaunchPlanKind(part)
  const environment = { name: 'launch-plans', options: { name: 'launch-plans' } }
  const bound = bindDeployedInterface(name, declared, 'launch plan')
  const definition: TaskDefinition = {
    environment,
    name,
    functionName: name,
    kind,
    launchPlan: part,
    run: (inputs, context) => kind.execute(inputs, context, definition),
    docs: {},
    interface: bound,
    options: declaredOptions(environment.options, { name }),
  }
  return createReference(definition) as unknown as PlanTask<CallInputs<I>, CallResult<O, N>>
}

function createReference(definition: TaskDefinition): AnyTask {
  const task: AnyTask = createTask(definition)
  const plan = (...args: unknown[]) => {
    refuseInGraph(`launch plan ${definition.name}`)
    return task(...args)
  }
  return Object.defineProperties(plan, {
    ...Object.getOwnPropertyDescriptors(task),
    override: { value: () => refuseOverride(definition.name) },
    reference: { value: definition.launchPlan?.reference, enumerable: true },
  }) as unknown as AnyTask
}

function checkReference(reference: LaunchPlanReference): void {
  checkKeys(reference, new Set(['name', 'version', 'project', 'domain']), 'refLaunchPlan')
  const { name, version, project, domain } = reference
  checkPlanName(name)
  checkText(project, 'refLaunchPlan: project')
  checkText(domain, 'refLaunchPlan: domain')
  checkText(version, 'refLaunchPlan: version')
  if (version !== undefined) checkTaskVersion(version, 'version')
}

function checkInterface(name: string, declared: RefLaunchPlanInterface): void {
  const what = `launch plan ${name}`
  checkKeys(declared, new Set(['inputs', 'output', 'outputs']), what)
  const { inputs = {}, output, outputs } = declared
  if (output !== undefined && outputs !== undefined) {
    throw invalid('outputs', `${what}: give either output or outputs, not both`)
  }
  const schemas = { ...inputs, ...outputs, ...(output === undefined ? {} : { output }) }
  const wrong = Object.entries(schemas).find(([, schema]) => !isSchema(schema))
  if (wrong !== undefined) throw invalid(wrong[0], `${what}: ${wrong[0]} must be a schema, such as z.string()`)
}
