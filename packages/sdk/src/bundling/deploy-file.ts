import { closest, FailedPreconditionError, InvalidArgumentError, NotFoundError } from '@tern/core'
import type { TaskDetails, TaskSpec, TaskTrigger } from '@tern/idl/task'
import type { TaskEnvironment } from '../authoring/task-environment.ts'
import type { AnyTask } from '../authoring/task.ts'
import { compileImages } from '../images/build-context.ts'
import type { TernClient } from '../remote/tern-client.ts'
import type { BundleProgram } from '../runtime/bundle-program.ts'
import { bundleFile, type CodeBundle } from './bundle-file.ts'
import { checkReferences } from './check-references.ts'
import { type DeployItem, inDeployOrder, keyOf, plansOf } from './deploy-order.ts'
import { declaredPlan, type DeployedPlanState, deployPlan } from './deploy-plan.ts'
import { type KeptTrigger, keptTriggers, type ProblemOf } from './kept-triggers.ts'
import { loadBundle } from './load-bundle.ts'
import { taskSpecOf, taskTriggersOf } from './task-spec-of.ts'

/** What of a file is deployed, and as what. */
export interface DeployFileOptions {
  /** Only this environment of the file, with those it depends on. Defaults to all. */
  readonly environment?: string | undefined
  /** Of the tasks. Defaults to a hash of their code. */
  readonly version?: string | undefined
  /** Only tells what would be deployed. Defaults to false. */
  readonly dryRun?: boolean | undefined
  /**
   * Asks the server before anything is stored whether what workflows refer to is deployed, with the interface that they declare; also
   * in a dry run, which asks for nothing otherwise. Defaults to false: the server looks at each workflow when it is deployed.
   */
  readonly checkReferences?: boolean | undefined
  /** What the file's path is relative to. Defaults to the process's own. */
  readonly workingDirectory?: string | undefined
  /** Looks at triggers that were made by hand. Defaults to a comparison of their inputs with those of the task. */
  readonly problemOf?: ProblemOf | undefined
}

/** What became of one task. */
export interface DeployedTaskState {
  readonly name: string
  readonly environment: string
  /** `unchanged` when this version was there before, `planned` in a dry run. */
  readonly state: 'deployed' | 'unchanged' | 'planned'
  /** Names of the triggers that start this version from now on: those declared with it, and those that it had. */
  readonly triggers: readonly string[]
  /** Triggers that it had and that are off now, since they do not fit this version, with the reasons. */
  readonly misfits: readonly { readonly trigger: string; readonly problem: string }[]
}

/** What was deployed, or would be. */
export interface Deployment {
  readonly version: string
  readonly tasks: readonly DeployedTaskState[]
  readonly launchPlans: readonly DeployedPlanState[]
}

/**
 * Compiles a file and deploys its tasks, with the triggers that are declared with them, and its launch plans. Triggers that were
 * made by hand stay.
 *
 * @throws BundleError when the file does not compile
 * @throws GraphError when one of its workflows is wrong
 * @throws InvalidArgumentError when it has no such environment
 * @throws FailedPreconditionError when the version is deployed already, with other code, or when a workflow has a node of a launch
 * plan that launches it
 */
export async function deployFile(
  client: TernClient,
  file: string,
  options: DeployFileOptions = {},
): Promise<Deployment> {
  const { workingDirectory, dryRun = false } = options
  const bundle = await bundleFile(file, workingDirectory === undefined ? {} : { workingDirectory })
  const program = await loadBundle(bundle)
  const environments = chooseEnvironments(program, options.environment, file)
  const images = await compileImages(program.environments, bundle.root)
  const version = options.version ?? bundle.version
  const all = environments.flatMap((environment) =>
    [...environment.tasks.values()].map((task) => ({ environment, task })),
  )
  const plan = await Promise.all(all.map(async (each) => ({ ...each, declared: await taskTriggersOf(each.task) })))
  // Of a file with a task, a workflow or a launch plan that is wrong, nothing is stored.
  const specs = plan.map(({ task }) => taskSpecOf(task, { ...placeOf(client), version, bundleUri: '', images }))
  const items = inDeployOrder<Item>([
    ...plan.map((each, index) => toTaskItem(each, specs[index] as TaskSpec, version)),
    ...choosePlans(program, options.environment === undefined ? undefined : environments).map(toPlanItem),
  ])
  if (options.checkReferences === true) await checkReferences(client, specs, version)
  const bundleUri = dryRun ? '' : await client.uploadBundle(bundle)
  const tasks = new Map<AnyTask, DeployedTaskState>()
  const launchPlans: DeployedPlanState[] = []
  for (const item of items) {
    if (item.kind === 'plan') {
      launchPlans.push(dryRun ? plannedPlan(item.plan) : await deployPlan(client, item.plan, version))
      continue
    }
    const { task, environment, declared } = item
    const deployment = { client, version, bundle, bundleUri, images, problemOf: options.problemOf }
    const done = dryRun ? planned : await deployTask(task, declared, deployment)
    tasks.set(task, { name: task.name, environment: environment.name, ...done })
  }
  return { version, tasks: plan.flatMap(({ task }) => tasks.get(task) ?? []), launchPlans }
}

interface PlannedTask {
  readonly environment: TaskEnvironment
  readonly task: AnyTask
  readonly declared: readonly TaskTrigger[]
}

type TaskItem = DeployItem & PlannedTask & { readonly kind: 'task' }
type PlanItem = DeployItem & { readonly kind: 'plan'; readonly plan: AnyTask }
type Item = TaskItem | PlanItem

function toTaskItem(planned: PlannedTask, spec: TaskSpec, version: string): TaskItem {
  // A plan that is not declared is the default one of the task of its name.
  const needs = plansOf(spec, version).flatMap((name) => [keyOf({ kind: 'plan', name }), keyOf({ kind: 'task', name })])
  return { kind: 'task', name: planned.task.name, needs, ...planned }
}

/** @throws InvalidArgumentError when it is wrong, which may not have been known where it is declared */
function toPlanItem(plan: AnyTask): PlanItem {
  const { launched, toSpec } = declaredPlan(plan)
  toSpec()
  return { kind: 'plan', name: plan.name, needs: [keyOf({ kind: 'task', name: launched.name })], plan }
}

/** The launch plans of the file, or those that launch tasks of some environments. */
function choosePlans(
  { launchPlans }: BundleProgram,
  environments: readonly TaskEnvironment[] | undefined,
): readonly AnyTask[] {
  const all = [...launchPlans.values()]
  if (environments === undefined) return all
  const names = environments.map(({ name }) => name)
  return all.filter((plan) => names.includes(declaredPlan(plan).launched.environment.name))
}

function plannedPlan(plan: AnyTask): DeployedPlanState {
  const { launched, autoActivate } = declaredPlan(plan)
  return { name: plan.name, task: launched.name, state: 'planned', active: autoActivate }
}

type Done = Pick<DeployedTaskState, 'state' | 'triggers' | 'misfits'>

const planned: Done = { state: 'planned', triggers: [], misfits: [] }

interface Parts {
  readonly client: TernClient
  readonly version: string
  readonly bundle: CodeBundle
  readonly bundleUri: string
  readonly images: Readonly<Record<string, string>>
  readonly problemOf: ProblemOf | undefined
}

async function deployTask(task: AnyTask, declared: readonly TaskTrigger[], parts: Parts): Promise<Done> {
  const { client, version, bundle, bundleUri, images, problemOf } = parts
  const existing = await findTask(client, task.name, version)
  if (existing === undefined) {
    const spec = taskSpecOf(task, { ...placeOf(client), version, bundleUri, images })
    const kept = (await keptTriggers(client, spec, problemOf)).filter(
      ({ trigger }) => !declared.some(({ name }) => name === trigger.name),
    )
    const triggers = [...declared, ...kept.map(({ trigger }) => trigger)]
    if (await client.deployTask(spec, triggers)) {
      return { state: 'deployed', triggers: triggers.map(({ name }) => name), misfits: misfitsOf(kept) }
    }
  }
  const { spec } = existing ?? (await client.getTask({ name: task.name, version }))
  if (!spec?.taskTemplate?.metadata?.codeBundleUri.endsWith(bundle.fileName)) {
    throw new FailedPreconditionError(`version ${version} of ${task.name} is deployed already, with other code`, {
      hint: 'A version never changes: give this one another version, or leave it out.',
    })
  }
  return { state: 'unchanged', triggers: [], misfits: [] }
}

function placeOf({ configuration: { org, project, domain } }: TernClient) {
  return { org, project, domain }
}

function misfitsOf(kept: readonly KeptTrigger[]): DeployedTaskState['misfits'] {
  return kept.flatMap(({ trigger, problem }) => (problem === undefined ? [] : [{ trigger: trigger.name, problem }]))
}

async function findTask(client: TernClient, name: string, version: string): Promise<TaskDetails | undefined> {
  try {
    return await client.getTask({ name, version })
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

/** The environments to deploy: all that the file's modules declare, or one with those it depends on. */
function chooseEnvironments(
  program: BundleProgram,
  name: string | undefined,
  file: string,
): readonly TaskEnvironment[] {
  if (name === undefined) return program.environments.filter(({ tasks }) => tasks.size > 0)
  const chosen = program.environments.find((environment) => environment.name === name)
  if (chosen !== undefined) return withDependencies(chosen)
  const names = program.environments.map((environment) => environment.name)
  const similar = closest(name, names)
  throw new InvalidArgumentError(`${file} has no environment ${name}`, {
    field: 'environment',
    hint: similar === undefined ? `Its environments are: ${names.join(', ')}.` : `Did you mean ${similar}?`,
  })
}

function withDependencies(environment: TaskEnvironment, seen = new Set<TaskEnvironment>()): TaskEnvironment[] {
  if (seen.has(environment)) return []
  seen.add(environment)
  const { dependsOn = [] } = environment.options
  return [environment, ...dependsOn.flatMap((other) => withDependencies(other, seen))]
}
