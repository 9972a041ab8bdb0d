import type { JsonValue } from '@bufbuild/protobuf'
import { toJson } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { type Workflow as WireWorkflow, WorkflowSchema } from '@tern/idl/graph'
import { checkRunKeys } from '../authoring/check-run-options.ts'
import { checkKeys } from '../authoring/check-values.ts'
import type { CallInputs, CallResult, FunctionInputs, Simplify } from '../authoring/inference.ts'
import { refuseInGraph } from '../authoring/graph-hook.ts'
import type { RunArguments } from '../authoring/run.ts'
import type { RunOptions } from '../authoring/run-handle.ts'
import { type AnyTask, definitionOf, runTaskLocally, type Task } from '../authoring/task.ts'
import type { TaskEnvironment } from '../authoring/task-environment.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskOptions } from '../authoring/task-options.ts'
import type { OutputOf, Schema, Schemas } from '../types/standard-schema.ts'
import { type BuiltGraph, buildGraph, type FailurePolicy, type GraphParts } from './built-graph.ts'
import { emitWithDigest } from './emit.ts'
import { checkHandler, handlerNode } from './failure-handler.ts'
import { defaultLaunchPlan } from './launch-plan.ts'
import type { LaunchPlan } from './launch-plan-types.ts'
import type { NodeFailure } from './node-failure.ts'
import type { Bindable, NodeOptions, Ref } from './reference-types.ts'
import { callPosition, formatPosition } from './source-position.ts'
import { WorkflowKind } from './workflow-kind.ts'

/** What is said about a workflow as about a task. */
type SharedOptions<I extends Schemas, O extends Schema | undefined, N extends Schemas | undefined> = Pick<
  TaskOptions<I, O, N>,
  | 'name'
  | 'inputs'
  | 'output'
  | 'outputs'
  | 'shortName'
  | 'docs'
  | 'deprecated'
  | 'cache'
  | 'retries'
  | 'timeout'
  | 'queue'
  | 'interruptible'
  | 'triggers'
  | 'links'
  | 'maxInlineIoBytes'
>

/** What is declared of a workflow beside its body. */
export interface WorkflowOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> extends SharedOptions<I, O, N> {
  /** The environment that it belongs to. */
  readonly env: TaskEnvironment
  /**
   * What happens when a node has failed: the others are aborted (`'failFast'`, the default), or those that do not depend on it
   * run to their end first (`'finishExecutable'`). The workflow fails either way.
   */
  readonly failurePolicy?: FailurePolicy | undefined
  /**
   * Called when the workflow fails, before it does. It takes the inputs of the workflow and, as `err`, what went wrong: see
   * `nodeFailure`. What else it takes has defaults.
   */
  readonly onFailure?: Handler<NoInfer<I>> | undefined
  /** Compile it where it is declared, and not when it is first needed. Defaults to false. */
  readonly strict?: boolean | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: whatever it returns
export type Handler<I extends Schemas> = Task<Simplify<FunctionInputs<I> & { err: NodeFailure }>, any>

/** What the body of a workflow gets: a reference for each of its inputs. */
export type InputRefs<I extends Schemas> = { readonly [K in keyof FunctionInputs<I>]: Ref<FunctionInputs<I>[K]> }

/** What the body returns: what the workflow's outputs are bound to. */
export type BodyResult<O extends Schema | undefined, N extends Schemas | undefined> = O extends Schema
  ? Bindable<OutputOf<O>>
  : N extends Schemas
    ? Bindable<CallInputs<N>>
    : unknown

/** A workflow: its graph is known before it runs, and the server walks it without a process of its own. */
export type Workflow<I extends object = object, R = unknown> = Task<I, R, NodeOptions> & {
  /**
   * Its graph, checked.
   *
   * @throws GraphError naming the node, and the line where it is made
   */
  compile(): CompiledWorkflow
  /** Runs it in this process: its outputs. */
  run(...args: RunArguments<I>): Promise<R>
  /** The launch plan that it has without a declaration: of its name, with nothing saved. A node of it is a run of its own. */
  readonly defaultLaunchPlan: LaunchPlan<I, R>
}

/** A workflow whose graph was made and checked. */
export interface CompiledWorkflow {
  /** Full name. */
  readonly name: string
  /** SHA-256, in hex: equal graphs have equal digests. */
  readonly digest: string
  /** What is probably a mistake, but none that keeps it from running. */
  readonly warnings: readonly string[]
  /** As the wire has it: tern.workflow.v1.Workflow. */
  readonly message: WireWorkflow
  /** The same as JSON, with the same bytes for the same code. */
  toJSON(): JsonValue
}

/**
 * Declares a workflow: its body runs once, with references instead of values, and says which tasks are called with what.
 *
 *     const train = workflow({ env, name: 'train', inputs: { rows: z.int() }, output: z.number() }, ({ rows }) => {
 *       const data = load.node({ rows })
 *       return score.node({ data, model: fit.node({ data }) })
 *     })
 *
 * It is a task as any other: deployed, run, scheduled, and called by other tasks.
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export function workflow<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
  const B extends BodyResult<O, N> = BodyResult<O, N>,
>(options: WorkflowOptions<I, O, N>, body: (inputs: InputRefs<I>) => B): Workflow<CallInputs<I>, CallResult<O, N>> {
  const position = callPosition(workflow)
  const source = position === undefined ? undefined : formatPosition(position)
  checkWorkflowOptions(options, body)
  return declareWorkflow(options, source, (parts) => buildGraph(parts, body as (inputs: never) => unknown))
}

/** Declares a workflow whose graph `build` makes. */
export function declareWorkflow<I extends Schemas, O extends Schema | undefined, N extends Schemas | undefined>(
  { env, failurePolicy, onFailure, strict, ...options }: WorkflowOptions<I, O, N>,
  source: string | undefined,
  build: (parts: GraphParts) => BuiltGraph,
): Workflow<CallInputs<I>, CallResult<O, N>> {
  const handler = onFailure === undefined ? undefined : definitionOf(onFailure as AnyTask)
  let isBuilding = false
  const kind: WorkflowKind = new WorkflowKind(() => {
    if (isBuilding) throw containsItself(definition.name)
    isBuilding = true
    try {
      const { name, interface: declared, docs } = definition
      if (handler !== undefined) checkHandler(name, declared, handler, source)
      const { interruptible } = options
      const handling = handler === undefined ? undefined : handlerNode(declared, handler)
      const parts = { name, interface: declared, failurePolicy, interruptible, source, description: docs.short }
      return build(handling === undefined ? parts : { ...parts, onFailure: handling })
    } finally {
      isBuilding = false
    }
  })
  const task = env.taskOf<I, O, N>(kind, options)
  const definition: TaskDefinition = definitionOf(task)
  if (strict === true) void kind.graph
  return asWorkflow(task, definition, kind)
}

function asWorkflow<I extends object, R>(
  task: Task<I, R>,
  definition: TaskDefinition,
  kind: WorkflowKind,
): Workflow<I, R> {
  let plan: AnyTask | undefined
  Object.defineProperties(task, {
    defaultLaunchPlan: {
      get: () => {
        plan ??= defaultLaunchPlan(task)
        return plan
      },
    },
    compile: { value: () => compiled(definition.name, kind.graph) },
    run: { value: (inputs?: object, options?: RunOptions) => runHere(task, inputs, options) },
  })
  return task as unknown as Workflow<I, R>
}

async function runHere<R>(task: AnyTask, inputs: object = {}, options: RunOptions = {}): Promise<R> {
  refuseInGraph(`workflow ${task.name}`)
  checkRunKeys(options)
  const run = await runTaskLocally<R>(task, inputs as Record<string, unknown>, options)
  return run.outputs()
}

function compiled(name: string, graph: BuiltGraph): CompiledWorkflow {
  const { workflow: message, digest } = emitWithDigest(graph)
  return {
    name,
    digest,
    warnings: warningsOf(name, graph),
    message,
    toJSON: () => toJson(WorkflowSchema, message),
  }
}

function warningsOf(name: string, { unusedInputs, build }: BuiltGraph): string[] {
  return [
    ...unusedInputs.map((input) => `workflow ${name}: nothing takes its input ${input}`),
    ...[...build.deprecated].map(([what, { node, message }]) => {
      return `workflow ${name}, node ${node}: task ${what} is deprecated: ${message}`
    }),
  ]
}

function containsItself(name: string): InvalidArgumentError {
  return new InvalidArgumentError(`workflow ${name} contains itself, and would have no end`, {
    hint: 'Call it from a dynamic task, which decides when it runs whether there is another.',
  })
}

const workflowKeys: ReadonlySet<string> = new Set([
  'env',
  'failurePolicy',
  'onFailure',
  'strict',
  'name',
  'inputs',
  'output',
  'outputs',
  'shortName',
  'docs',
  'deprecated',
  'cache',
  'retries',
  'timeout',
  'queue',
  'interruptible',
  'triggers',
  'links',
  'maxInlineIoBytes',
] satisfies (keyof WorkflowOptions)[])

const failurePolicies: readonly unknown[] = [undefined, 'failFast', 'finishExecutable']

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkWorkflowOptions(
  options: Pick<WorkflowOptions, 'name' | 'env' | 'failurePolicy'>,
  body: unknown,
): void {
  const what = `workflow ${options.name}`
  checkKeys(options, workflowKeys, what)
  if (typeof options.env?.taskOf !== 'function') {
    throw new InvalidArgumentError(`${what}: env must be the TaskEnvironment that it belongs to`, { field: 'env' })
  }
  if (!failurePolicies.includes(options.failurePolicy)) {
    const given = JSON.stringify(options.failurePolicy)
    const message = `${what}: failurePolicy ${given} must be 'failFast' or 'finishExecutable'`
    throw new InvalidArgumentError(message, { field: 'failurePolicy' })
  }
  if (typeof body !== 'function') throw new InvalidArgumentError(`${what}: the second argument must be its body`)
}
