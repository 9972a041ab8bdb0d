import { definitionOf, type Task } from '../authoring/task.ts'
import type { CallInputs, Simplify } from '../authoring/inference.ts'
import { isSchema, type InputOf, type OutputOf, type Schema, type Schemas } from '../types/standard-schema.ts'
import { codecFor } from '../types/schema-codec.ts'
import { BuiltGraph } from './built-graph.ts'
import { addTaskNode } from './call-node.ts'
import { GraphError } from './errors.ts'
import { currentGraph, type GraphBuild, inGraph } from './graph-scope.ts'
import type { Bindable, NodeArguments, NodeOf, Ref, Reference, TaskNodeOptions } from './reference-types.ts'
import { handleOf, makeRef } from './references.ts'
import { schemaOfRef } from './schema-of-ref.ts'
import { callPosition, formatPosition } from './source-position.ts'
import { openGraph } from './task-nodes.ts'
import { checkWorkflowOptions, declareWorkflow, type Handler, type Workflow, type WorkflowOptions } from './workflow.ts'

/** What is declared of a workflow that `graph` builds, beside its nodes. */
export interface GraphOptions
  extends Omit<WorkflowOptions, 'inputs' | 'output' | 'outputs' | 'triggers' | 'onFailure' | 'strict'> {}

type With<S extends Schemas, N extends string, A extends Schema> = Simplify<S & { readonly [K in N]: A }>

type Results<O extends Schemas> = keyof O extends never ? void : Simplify<{ -readonly [K in keyof O]: OutputOf<O[K]> }>

/** A workflow in the making, for graphs that come out of data rather than out of code. */
export interface GraphBuilder<I extends Schemas = {}, O extends Schemas = {}> {
  /** References to its inputs so far. */
  readonly inputs: { readonly [K in keyof I]: Ref<OutputOf<I[K]>> }
  /** Gives it another input. */
  input<N extends string, S extends Schema>(name: N, schema: S): GraphBuilder<With<I, N, S>, O>
  /** Adds a node that calls a task: what `task.node(…)` is in the body of a workflow. */
  add<T extends object, R>(task: Task<T, R>, ...args: NodeArguments<T>): NodeOf<R>
  /** Runs code in which nodes of any kind can be made: conditionals, maps, gates, chains. */
  within<T>(body: (inputs: { readonly [K in keyof I]: Ref<OutputOf<I[K]>> }) => T): T
  /** Gives it another output: what a reference stands for, or anything that fits a schema. */
  output<N extends string, T>(name: N, value: Reference<T>): GraphBuilder<I, With<O, N, Schema<T>>>
  output<N extends string, S extends Schema>(
    name: N,
    value: Bindable<InputOf<S>>,
    schema: S,
  ): GraphBuilder<I, With<O, N, S>>
  /** What is called when the workflow fails. It takes the inputs that there are when `build` is called. */
  onFailure(handler: Handler<I>): GraphBuilder<I, O>
  /** Whether something is left to do before `build`, and what. */
  readonly problems: readonly string[]
  /**
   * Declares the workflow.
   *
   * @throws GraphError when there is no node, and when nothing takes one of its inputs
   */
  build(): Workflow<CallInputs<I>, Results<O>>
}

/**
 * Begins a workflow that is made step by step:
 *
 *     const g = graph({ env, name: 'made' }).input('n', z.int())
 *     const doubled = g.add(double, { n: g.inputs.n })
 *     export const made = g.output('n', doubled).build()
 *
 * @throws InvalidArgumentError naming the option that is wrong
 */
export function graph(options: GraphOptions): GraphBuilder {
  const position = callPosition(graph)
  refuseOwn(options)
  checkWorkflowOptions(options, graph)
  return new Builder(options, position === undefined ? undefined : formatPosition(position)) as unknown as GraphBuilder
}

/** What a builder is told step by step. */
function refuseOwn(options: GraphOptions): void {
  const own = { inputs: '.input(name, schema)', output: '.output(name, value)', outputs: '.output(name, value)' }
  const other = { onFailure: '.onFailure(task)', triggers: undefined, strict: undefined }
  for (const [key, step] of Object.entries({ ...own, ...other })) {
    if (!Object.hasOwn(options, key)) continue
    const message = `graph ${options.name} does not take the option ${key}`
    throw new GraphError(message, { hint: step === undefined ? undefined : `Say it with ${step}.` })
  }
}

class Builder {
  readonly inputs: Record<string, object> = {}
  private readonly options: GraphOptions
  private readonly source: string | undefined
  private readonly building: GraphBuild
  private readonly inputSchemas: Record<string, Schema> = {}
  private readonly outputSchemas: Record<string, Schema> = {}
  private readonly outputs: Record<string, unknown> = {}
  private handler: WorkflowOptions['onFailure']

  constructor(options: GraphOptions, source: string | undefined) {
    this.options = options
    this.source = source
    this.building = openGraph(`${options.env.name}.${options.name}`, undefined)
  }

  input(name: string, schema: Schema): this {
    if (Object.hasOwn(this.inputs, name)) throw this.error(`there is an input ${name} already`)
    if (!isSchema(schema)) throw this.error(`the input ${name} needs a schema, such as z.int()`)
    this.inputSchemas[name] = schema
    const { type } = codecFor(schema, name)
    this.inputs[name] = makeRef({ scope: this.building.root, node: undefined, output: name, path: [], type })
    return this
  }

  readonly add = (task: Task, inputs?: object, options?: TaskNodeOptions): object =>
    this.inside(() => addTaskNode(definitionOf(task), inputs, options, this.add))

  within<T>(body: (inputs: object) => T): T {
    return this.inside(() => body(this.inputs))
  }

  output(name: string, value: unknown, schema?: Schema): this {
    if (Object.hasOwn(this.outputs, name)) throw this.error(`there is an output ${name} already`)
    this.outputSchemas[name] = schema ?? this.schemaOf(name, value)
    this.outputs[name] = value
    return this
  }

  onFailure(handler: WorkflowOptions['onFailure']): this {
    this.handler = handler
    return this
  }

  get problems(): readonly string[] {
    const { root, usedInputs } = this.building
    const unused = Object.keys(this.inputs).filter((name) => !usedInputs.has(name))
    return [
      ...(root.nodes.length === 0 ? ['it has no node'] : []),
      ...unused.map((name) => `nothing takes its input ${name}`),
    ]
  }

  build(): Workflow {
    const { problems, options, source, building, outputs, handler } = this
    if (problems.length > 0) throw this.error(`it is not complete: ${problems.join('; ')}`)
    const schemas = { inputs: this.inputSchemas, outputs: this.outputSchemas }
    const returned = Object.keys(outputs).length === 0 ? undefined : outputs
    const given = { ...options, ...schemas, onFailure: handler, strict: true } as WorkflowOptions<Schemas, undefined>
    return declareWorkflow(given, source, (parts) => new BuiltGraph(parts, building, returned)) as Workflow
  }

  private inside<T>(body: () => T): T {
    const around = currentGraph()
    if (around !== undefined && around.build !== this.building && around.build.isOpen) {
      throw this.error(`it cannot be added to while the workflow ${around.build.name} is built`)
    }
    if (!this.building.isOpen) throw this.error('it is built, and cannot be added to')
    return inGraph(around?.build === this.building ? around : this.building.root, body)
  }

  private schemaOf(name: string, value: unknown): Schema {
    const handle = handleOf(value)
    if (handle?.kind === 'value') return schemaOfRef(handle, this.inputSchemas)
    const what = handle === undefined ? 'a value that is no reference' : 'what a node with several outputs gives'
    throw this.error(`the output ${name} is ${what}: it needs a schema`, 'Give one as the third argument.')
  }

  private error(message: string, hint?: string): GraphError {
    return new GraphError(message, { graph: this.building.name, source: this.source, hint })
  }
}
