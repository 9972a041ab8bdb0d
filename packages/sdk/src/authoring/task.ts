import { type LocalRunHandle, startLocalRun } from '../local/local-run.ts'
import { noContext } from '../types/inputs-context.ts'
import { type ChildCall, currentScope } from './context.ts'
import { checkDeployedOverrides, overriddenWith } from './deployed-override.ts'
import { callDirectly } from './direct-call.ts'
import { FailedPreconditionError } from '@tern/core'
import { checkOverrides } from './check-options.ts'
import { checkKeys, isRecord } from './check-values.ts'
import { applyOverrides } from './effective-options.ts'
import { notDerived } from './derived-task.ts'
import { calledDefinition } from './called-definition.ts'
import { callPlainly, isPlainCall } from './plain-call.ts'
import { toNamedCall } from './positional.ts'
import { nodeMethod, refuseInGraph } from './graph-hook.ts'
import { foreignAction, type SdkCopy, sdkVersion } from './registry.ts'
import type { RunOptions } from './run-handle.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { TaskOverrides } from './task-options.ts'
import type { NodeArguments, NodeOf, TaskNodeOptions } from '../workflows/reference-types.ts'

/**
 * A task: called inside a run it makes a child action, called anywhere else it runs its function.
 *
 * `I` is what its callers give: an object of inputs, or, for a task whose interface comes from the types of its function, the
 * list of that function's parameters.
 */
export interface Task<I extends object = object, R = unknown, Options = TaskNodeOptions, Overrides = TaskOverrides> {
  (...args: CallArguments<I>): Promise<R>
  /** Full name, `environment.name`. */
  readonly name: string
  /** Runs the function here and now, also inside a run: no action is made. */
  forward(...args: CallArguments<I>): Promise<R>
  /**
   * Starts the task as a run of its own, inside a task: it goes on when this one has ended, whatever its end, and an attempt that
   * is made again starts it no second time. Resolves when the run is stored, with its name.
   *
   * @throws FailedPreconditionError outside of a run, where `run(task, inputs)` does the same
   */
  detached(...args: CallArguments<I>): Promise<DetachedRun>
  /**
   * The same task with other options, e.g. `predict.override({ retries: 0 })({ x })`. A given option replaces the whole
   * value of the task or its environment.
   */
  override(overrides: Overrides): Task<I, R>
  /**
   * Adds a node that calls the task to the workflow whose body is running, and gives a reference to what the call will return;
   * see `workflow` in `@tern/sdk/workflows`.
   *
   * @throws FailedPreconditionError outside the body of a workflow
   */
  node(...args: NodeArguments<I, Options>): NodeOf<R>
}

/** Any task, whatever it takes and returns. */
// biome-ignore lint/suspicious/noExplicitAny: the only type that every task's parameters are assignable to
export type AnyTask = Task<any, any>

/** The inputs that callers of a task give. */
export type InputsOf<T> = T extends Task<infer I, unknown> ? I : never

/** What callers of a task get. */
export type ResultOf<T> = T extends (...args: never[]) => Promise<infer R> ? R : never

/** A task without inputs is called without arguments; one whose inputs all have defaults, either way. */
export type CallArguments<I extends object> = 0 extends 1 & I
  ? // biome-ignore lint/suspicious/noExplicitAny: whatever the task takes
    any[]
  : I extends readonly unknown[]
    ? [...I, options?: CallOptions]
    : keyof I extends never
      ? [inputs?: Record<string, never>, options?: CallOptions]
      : Partial<I> extends I
        ? [inputs?: I, options?: CallOptions]
        : [inputs: I, options?: CallOptions]

/** A run that a task has started and left to itself. */
export interface DetachedRun {
  /** Its name, in the project and domain of the run that started it. */
  readonly name: string
}

/** How one call of a task is made. */
export interface CallOptions {
  /** Aborts the child action when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

// A symbol of the process, not of this module: a bundle and the program that loads it have a copy of the SDK each.
const definitionKey: unique symbol = Symbol.for('tern.task') as never
const runLocalKey: unique symbol = Symbol.for('tern.task.run-local') as never

interface TaskFunctionObject extends AnyTask {
  readonly [definitionKey]: TaskDefinition
  readonly [runLocalKey]: (
    inputs: Readonly<Record<string, unknown>>,
    options: RunOptions,
  ) => Promise<LocalRunHandle<unknown>>
}

export function createTask<I extends object, R>(definition: TaskDefinition): Task<I, R> {
  const task = (...args: readonly unknown[]) => callTask(definition, args)
  const derived = new Map<string, AnyTask>()
  Object.defineProperties(task, {
    name: { value: definition.name },
    [definitionKey]: { value: definition },
    [runLocalKey]: { value: (given: never, options: RunOptions) => startLocalRun(definition, given, options) },
    forward: {
      value: (...args: readonly unknown[]) => callHere(definition, toCall(definition, args, ''), args),
    },
    detached: { value: (...args: readonly unknown[]) => detachTask(definition, args) },
    override: { value: (overrides: TaskOverrides) => overrideTask(definition, overrides, derived) },
    node: { value: nodeMethod(definition) },
  })
  return task as unknown as Task<I, R>
}

/** Whether `value` is a task, of this copy of the SDK or another. */
export function isTask(value: unknown): value is AnyTask {
  return typeof value === 'function' && definitionKey in value
}

/** @throws TypeError when `task` is not a task */
export function definitionOf(task: AnyTask): TaskDefinition {
  if (!isTask(task)) throw notATask(task)
  return (task as TaskFunctionObject)[definitionKey]
}

/**
 * Runs a task in this process, with the copy of the SDK that it was declared with: only there do the tasks it calls
 * become its children.
 */
export function runTaskLocally<R>(
  task: AnyTask,
  inputs: Readonly<Record<string, unknown>>,
  options: RunOptions,
): Promise<LocalRunHandle<R>> {
  if (!isTask(task)) throw notATask(task)
  return (task as TaskFunctionObject)[runLocalKey](inputs, options) as Promise<LocalRunHandle<R>>
}

function callTask(definition: TaskDefinition, args: readonly unknown[]): Promise<unknown> {
  refuseInGraph(`task ${definition.name}`)
  const scope = currentScope()
  const call = toCall(definition, args, scope?.group ?? '', scope?.trace)
  if (scope?.parent !== undefined) {
    return isUntypedCall(definition, args) ? Promise.reject(notDerived(definition.name)) : scope.parent.callChild(call)
  }
  const copy = foreignAction()
  if (copy !== undefined) return Promise.reject(calledByForeign(`task ${definition.name}`, copy))
  return callHere(definition, call, args)
}

function callHere(definition: TaskDefinition, call: ChildCall, args: readonly unknown[]): Promise<unknown> {
  refuseInGraph(`task ${definition.name}`)
  return isUntypedCall(definition, args) ? callPlainly(definition.untyped.fn, args, call) : callDirectly(call)
}

function isUntypedCall(
  definition: TaskDefinition,
  args: readonly unknown[],
): definition is TaskDefinition & { readonly untyped: object } {
  const { untyped } = definition
  return untyped !== undefined && (untyped.certain || isPlainCall(untyped.fn, args))
}

async function detachTask(definition: TaskDefinition, args: readonly unknown[]): Promise<DetachedRun> {
  const scope = currentScope()
  if (scope?.parent !== undefined) {
    const call = toCall(definition, args, scope.group, scope.trace)
    return { name: await scope.parent.detach(call) }
  }
  const copy = foreignAction()
  if (copy !== undefined) throw calledByForeign(`task ${definition.name}`, copy)
  throw new FailedPreconditionError(`task ${definition.name} can be detached only from a task that runs`, {
    hint: 'Start it with run(task, inputs).',
  })
}

/** To this copy of the SDK the call looks like one outside of every run; it would silently not become an action. */
export function calledByForeign(what: string, copy: SdkCopy): FailedPreconditionError {
  return new FailedPreconditionError(
    `${what} was called by a task that uses another copy of @tern/sdk (versions ${sdkVersion} and ${copy.version})`,
    { hint: 'Install one version of @tern/sdk for all packages that declare tasks; `npm ls @tern/sdk` shows them.' },
  )
}

function toCall(definition: TaskDefinition, args: readonly unknown[], group: string, trace?: string): ChildCall {
  const { inputs, options } = toNamedCall(definition, args)
  if (isRecord(options)) checkKeys(options, callKeys, `call of task ${definition.name}`)
  return {
    definition: calledDefinition(definition, inputs),
    inputs,
    group,
    signal: (options as CallOptions | undefined)?.signal,
    customContext: currentScope()?.context.customContext ?? noContext,
    trace,
  }
}

const callKeys: ReadonlySet<string> = new Set(['signal'] satisfies (keyof CallOptions)[])

// Overriding in a loop gives the same task for the same options, so that its spec is written once.
const maxDerived = 256

function overrideTask(definition: TaskDefinition, overrides: TaskOverrides, derived: Map<string, AnyTask>): AnyTask {
  const { deployed } = definition
  checkOverrides(definition.name, definition.options, overrides)
  if (deployed !== undefined) checkDeployedOverrides(definition.name, overrides)
  const key = JSON.stringify(overrides)
  const known = derived.get(key)
  if (known !== undefined) return known
  const options = applyOverrides(definition.options, overrides)
  const task = createTask({
    ...definition,
    ...(definition.runWith && { run: definition.runWith(options) }),
    ...(deployed && { deployed: { ...deployed, overridden: overriddenWith(deployed.overridden, overrides) } }),
    options,
  })
  if (derived.size < maxDerived) derived.set(key, task)
  return task
}

function notATask(value: unknown): TypeError {
  return new TypeError(`${String(value)} is not a task: make it with env.task(…)`)
}
