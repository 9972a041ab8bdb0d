import { create } from '@bufbuild/protobuf'
import { TypedInterfaceSchema } from '@tern/idl/core'
import type { Workflow as WireWorkflow } from '@tern/idl/graph'
import { literalTypes } from '@tern/core'
import { madeGraphOutput, workflowOfLiteral, workflowToLiteral } from '@tern/core/workflow'
import { currentScope, type TaskContext } from '../authoring/context.ts'
import { sourceHash } from '../authoring/source-hash.ts'
import type { CallInputs, CallResult, FunctionInputs } from '../authoring/inference.ts'
import { definitionOf, type Task } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskEnvironment } from '../authoring/task-environment.ts'
import type { TaskOptions } from '../authoring/task-options.ts'
import { CodeKind } from '../kinds/code-kind.ts'
import type { KindTask } from '../kinds/task-kind.ts'
import { identity } from '../types/codec.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import { addTransformer } from '../types/transformers.ts'
import { buildGraph, buildGraphLater } from './built-graph.ts'
import { addCallNode, targetOf } from './call-node.ts'
import { emitWorkflow, nowhere } from './emit.ts'
import { GraphError } from './errors.ts'
import { rememberMade } from './local-entities.ts'
import type { NodeTarget } from './node-kind.ts'
import { splitOverrides } from './node-overrides.ts'
import type { TaskNodeOptions } from './reference-types.ts'
import { callPosition, formatPosition } from './source-position.ts'
import type { BodyResult } from './workflow.ts'
import { WorkflowKind } from './workflow-kind.ts'

/** What is declared of a dynamic workflow beside its body. */
export interface DynamicOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> extends TaskOptions<I, O, N> {
  /** The environment that it belongs to. */
  readonly env: TaskEnvironment
}

/**
 * Declares a task whose body makes a graph when it runs: it gets real inputs, and may loop over them, and what it calls with
 * `.node()` becomes part of the workflow, to be looked at as any other.
 *
 *     const each = dynamic({ env, name: 'each', inputs: { n: z.int() }, output: z.array(z.int()) }, ({ n }) =>
 *       Array.from({ length: n }, (_, i) => square.node({ x: i })),
 *     )
 *
 * Its options are those of the task that makes the graph.
 *
 * @param body may be async; what it awaits is no task
 * @throws InvalidArgumentError naming the option that is wrong
 */
export function dynamic<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
  const B extends BodyResult<O, N> = BodyResult<O, N>,
>(
  options: DynamicOptions<I, O, N>,
  body: (inputs: FunctionInputs<I>, context: TaskContext) => B | Promise<B>,
): Task<CallInputs<I>, CallResult<O, N>> {
  const { env, triggers, docs, name, inputs, output, outputs, shortName, ...ofTask } = options
  if (typeof env?.taskOf !== 'function') throw new GraphError(`dynamic ${name}: env must be its TaskEnvironment`)
  if (typeof body !== 'function') throw new GraphError(`dynamic ${name}: the second argument must be its body`)
  const position = callPosition(dynamic)
  const source = position === undefined ? undefined : formatPosition(position)
  const kind: DynamicKind = new DynamicKind(() => {
    const { interface: declared, name: fullName, docs: description } = definition
    const parts = { name: fullName, interface: declared, source, description: description.short }
    return buildGraph(parts, function whole(given) {
      return addCallNode({ target: kind.nodeTarget(definition, undefined), interface: declared, given, callee: whole })
    })
  })
  const facade = { name, inputs, output, outputs, docs, triggers, shortName } as TaskOptions<I, O, N>
  const task = env.taskOf<I, O, N>(kind, facade)
  const definition: TaskDefinition = definitionOf(task)
  const maker = new MakerKind(definition, body as DynamicBody, source)
  const made = { [madeGraphOutput]: madeGraph }
  const graphTask = env.taskOf(maker, {
    ...ofTask,
    name: `${name}-graph`,
    inputs,
    outputs: made,
    shortName: shortName ?? name,
  })
  kind.maker = definitionOf(graphTask)
  return task
}

type DynamicBody = (inputs: never, context: TaskContext) => unknown

/** A workflow of one dynamic node; in other workflows it is that node. */
class DynamicKind extends WorkflowKind {
  maker: TaskDefinition | undefined

  override nodeTarget({ name }: TaskDefinition, options: TaskNodeOptions | undefined): NodeTarget {
    if (this.maker === undefined) throw new Error(`dynamic ${name} is not declared yet`)
    const { plain, overrides } = splitOverrides(this.maker, options)
    const target = targetOf(overrides.definition)
    const { wire } = overrides
    return {
      what: `dynamic ${name}`,
      options: plain,
      declaresOutputs: true,
      toKind: (entities) => ({
        case: 'dynamic',
        value: { entity: entities.indexOf(target), ...(wire === undefined ? {} : { overrides: wire }) },
      }),
    }
  }
}

/** The task that makes the graph. */
class MakerKind extends CodeKind {
  protected readonly identity = undefined
  readonly #whole: TaskDefinition
  readonly #body: DynamicBody
  readonly #source: string | undefined

  constructor(whole: TaskDefinition, body: DynamicBody, source: string | undefined) {
    super()
    this.#whole = whole
    this.#body = body
    this.#source = source
  }

  override version(salt = ''): string {
    return sourceHash(this.#body, salt)
  }

  override async execute(inputs: never, context: TaskContext, _task: KindTask): Promise<unknown> {
    const { name, interface: declared } = this.#whole
    const parts = { name, interface: withoutInputs(declared), source: this.#source, prefix: 'dn' }
    const graph = await buildGraphLater(parts, () => this.#body(inputs, context))
    const parent = currentScope()?.parent
    const { workflow, targets } = emitWorkflow(graph, parent?.location ?? nowhere)
    rememberMade(workflow, targets)
    return { [madeGraphOutput]: workflow }
  }
}

function withoutInputs({ owner, outputs, outputKind, ...rest }: TaskInterface): TaskInterface {
  const { typed } = rest
  const own = create(TypedInterfaceSchema, typed.outputs === undefined ? {} : { outputs: typed.outputs })
  return { owner, inputs: [], outputs, outputKind, typed: own, hash: rest.hash }
}

const madeGraph: Schema<WireWorkflow> = {
  '~standard': { version: 1, vendor: 'tern', validate: (value) => ({ value: value as WireWorkflow }) },
}
addTransformer(madeGraph, {
  codec: () => ({
    type: literalTypes.binary(),
    toLiteral: (value) => workflowToLiteral(value as WireWorkflow),
    fromLiteral: workflowOfLiteral,
    plain: identity,
  }),
  plain: () => identity,
})
