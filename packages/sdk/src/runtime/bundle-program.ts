import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError, NotFoundError } from '@tern/core'
import { setBundle, workerDescriptor } from '../authoring/process-role.ts'
import { registeredEnvironments, registeredLaunchPlans, sdkVersion } from '../authoring/registry.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { type AnyTask, definitionOf, isTask } from '../authoring/task.ts'
import type { RunOptions } from '../authoring/run-handle.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { type LocalWireRun, startLocalWireRun } from '../local/local-run.ts'
import { Worker } from './worker.ts'

/** What a code bundle holds. Every bundle exports one, as `tern`. */
export interface BundleProgram {
  readonly sdkVersion: string
  /** All environments that the bundle's modules declare. */
  readonly environments: readonly TaskEnvironment[]
  /** All tasks, by full name. */
  readonly tasks: ReadonlyMap<string, AnyTask>
  /** All launch plans that the bundle's modules declare, by name. */
  readonly launchPlans: ReadonlyMap<string, AnyTask>
  /** The tasks, and launch plans, that the bundled file exports, by the name of their export. */
  readonly exportedTasks: ReadonlyMap<string, AnyTask>
  /** What the bundled file exports, each with its kind, for messages about files without tasks. */
  readonly exportedKinds: Readonly<Record<string, string>>
  /**
   * Runs one of its tasks in this process. The tasks belong to the bundle's own copy of the SDK, so only it can.
   *
   * @param taskName a full name; of a launch plan, its name
   * @param inputs a serialised flyteidl2.task.Inputs
   */
  runLocal(taskName: string, inputs: Uint8Array, options?: RunOptions): LocalWireRun
}

const defaultCapacity = 1000

/**
 * The end of a bundle's generated entry: collects what the bundled file declares, and starts the worker if this process
 * is one.
 *
 * @param moduleExports of the bundled file
 * @param codeHash of the code that the file runs
 */
export function defineBundle(
  bundleUrl: string,
  moduleExports: Readonly<Record<string, unknown>>,
  codeHash?: string,
): BundleProgram {
  setBundle(bundleUrl, codeHash)
  const environments = registeredEnvironments()
  refuseDuplicates(environments)
  const launchPlans = toPlansByName(registeredLaunchPlans())
  const tasks = new Map(environments.flatMap((environment) => [...environment.tasks]))
  const fd = workerDescriptor()
  if (fd !== undefined) startWorker(fd, bundleUrl, tasks)
  return {
    sdkVersion,
    environments,
    tasks,
    launchPlans,
    runLocal(taskName, inputs, options = {}) {
      const task = tasks.get(taskName) ?? launchPlans.get(taskName)
      if (task === undefined) throw new NotFoundError(`the bundle has no task ${taskName}`)
      return startLocalWireRun(definitionOf(task), inputs, options)
    },
    exportedTasks: new Map(
      Object.entries(moduleExports).filter((entry): entry is [string, AnyTask] => isTask(entry[1])),
    ),
    exportedKinds: Object.fromEntries(
      Object.entries(moduleExports)
        .filter(([name, value]) => name !== 'default' || !isEmptyModule(value))
        .map(([name, value]) => [name, kindOf(value)]),
    ),
  }
}

function refuseDuplicates(environments: readonly TaskEnvironment[]): void {
  const names = new Set<string>()
  for (const { name } of environments) {
    if (names.has(name)) {
      throw new InvalidArgumentError(`there are two environments called ${name}`, {
        field: 'name',
        hint: 'The name is part of the identity of the tasks. Declare the environment once and import it.',
      })
    }
    names.add(name)
  }
}

function toPlansByName(plans: readonly AnyTask[]): ReadonlyMap<string, AnyTask> {
  const byName = new Map<string, AnyTask>()
  for (const plan of plans) {
    if (byName.has(plan.name)) {
      throw new InvalidArgumentError(`there are two launch plans called ${plan.name}`, {
        field: 'name',
        hint: 'Runs of it are launched by its name. Declare the plan once and import it, or give one another name.',
      })
    }
    byName.set(plan.name, plan)
  }
  return byName
}

function startWorker(fd: number, bundleUrl: string, tasks: ReadonlyMap<string, AnyTask>): void {
  const definitions = new Map<string, TaskDefinition>([...tasks].map(([name, task]) => [name, definitionOf(task)]))
  new Worker({
    fd,
    bundleUrl,
    tasks: definitions,
    environment: process.env['TERN_WORKER_ENVIRONMENT'] ?? '',
    bundleDigest: basename(fileURLToPath(bundleUrl)).replace(/\.m?js$/, ''),
    capacity: Number(process.env['TERN_WORKER_CAPACITY'] ?? defaultCapacity),
  }).start()
}

function kindOf(value: unknown): string {
  if (isTask(value)) return definitionOf(value).launchPlan === undefined ? 'task' : 'launch plan'
  if (value instanceof TaskEnvironment) return 'environment'
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'object'
  return typeof value
}

// What a file without any import or export comes to, since it could as well be CommonJS.
function isEmptyModule(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
