import { readFile } from 'node:fs/promises'
import { ActionAbortedError, FailedPreconditionError, fromTaskFailure } from '@tern/core'
import { type StartEffect, type StartedEnd, type WorkflowEffect, WorkflowExecution } from '@tern/core/workflow'
import type { ParentAction, TaskContext, WireOutcome } from '../authoring/context.ts'
import { currentScope } from '../authoring/context.ts'
import { sleepDefinition } from '../authoring/durable-time.ts'
import { startLocalRun } from '../local/local-run.ts'
import { hasSucceeded } from '../runtime/child-result.ts'
import { readValues, writeValues } from '../types/literal-wire.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import type { BuiltGraph } from './built-graph.ts'
import { emitWorkflow } from './emit.ts'
import { LocalEntities } from './local-entities.ts'

/** What nodes need of the action that the workflow is. */
type LocalParent = ParentAction & Required<Pick<ParentAction, 'callWire' | 'detachWire' | 'failureOfEnd'>>

/** Runs a workflow in this process: with the interpreter that the server has, and the nodes as actions of a local run. */
export async function runWorkflowHere(
  graph: BuiltGraph,
  inputs: object,
  context: TaskContext,
  definition: TaskDefinition,
): Promise<unknown> {
  const parent = currentScope()?.parent
  if (parent === undefined) {
    const run = await startLocalRun(definition, inputs as Record<string, unknown>, {})
    return run.outputs()
  }
  if (!isLocal(parent)) {
    throw new FailedPreconditionError(`workflow ${definition.name} is run by the server, not by a worker`)
  }
  const { interface: declared } = definition
  const given = parent.inputBytes ?? writeInputs(declared, inputs as Record<string, unknown>)
  const { workflow, targets } = emitWorkflow(graph)
  const entities = new LocalEntities(workflow, targets)
  const execution = new WorkflowExecution(workflow, given)
  const outputs = await new LocalWorkflow(execution, entities, parent, context).run()
  return toReturned(declared, readValues(declared.outputs, outputs))
}

function isLocal(parent: ParentAction): parent is LocalParent {
  return parent.callWire !== undefined && parent.detachWire !== undefined && parent.failureOfEnd !== undefined
}

function writeInputs({ inputs }: TaskInterface, values: Readonly<Record<string, unknown>>): Uint8Array {
  return writeValues(
    inputs,
    inputs.map(({ name }) => values[name]),
  ).bytes
}

function toReturned({ outputKind, outputs }: TaskInterface, values: readonly unknown[]): unknown {
  if (outputKind === 'none') return undefined
  if (outputKind === 'single') return values[0]
  return Object.fromEntries(outputs.map(({ name }, index) => [name, values[index]]))
}

/** Names the actions of nodes; one that failed has another when the workflow is tried again. */
class NodeActionNames {
  private readonly failures = new Map<string, number>()
  private readonly given = new Map<string, string>()

  nameOf(name: string): string {
    const failures = this.failures.get(name) ?? 0
    const given = failures === 0 ? name : `${name}-${failures + 1}`
    this.given.set(given, name)
    return given
  }

  failed(given: string): void {
    const name = this.given.get(given) ?? given
    this.failures.set(name, (this.failures.get(name) ?? 0) + 1)
  }
}

// The attempts of an action share the run that they are part of.
const names = new WeakMap<object, NodeActionNames>()

function namesOf({ run }: TaskContext): NodeActionNames {
  const known = names.get(run) ?? new NodeActionNames()
  names.set(run, known)
  return known
}

const sleepTask = sleepDefinition({ name: 'core', options: { name: 'core' } }, { name: 'sleep' })

class LocalWorkflow {
  private readonly execution: WorkflowExecution
  private readonly entities: LocalEntities
  private readonly parent: LocalParent
  private readonly context: TaskContext
  private readonly names: NodeActionNames
  private readonly live = new Map<string, AbortController>()
  private readonly outcome = Promise.withResolvers<Uint8Array>()

  constructor(execution: WorkflowExecution, entities: LocalEntities, parent: LocalParent, context: TaskContext) {
    this.execution = execution
    this.entities = entities
    this.parent = parent
    this.context = context
    this.names = namesOf(context)
  }

  run(): Promise<Uint8Array> {
    const { signal } = this.context
    signal.addEventListener('abort', () => this.stopped(), { once: true })
    this.perform(this.execution.start(this.now()))
    return this.outcome.promise
  }

  /** If its action has ended it can call nothing any more: its failure handlers are runs of their own. */
  private stopped(): void {
    const failure = this.parent.failureOfEnd()
    if (failure === null) return
    for (const { what, key, inputs, name: shown } of this.execution.handlersOnAbort(failure)) {
      if (what.kind !== 'call') continue
      const definition = this.entities.definitionOf(what.workflow, what.entity, { ...what, shown })
      this.parent.detachWire({ definition, inputs, name: `${this.context.action.name}-${key}` })
    }
  }

  private now(): number {
    return this.parent.clock?.now() ?? Date.now()
  }

  private perform(effects: readonly WorkflowEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'start') this.start(effect)
      else if (effect.type === 'abort') this.live.get(effect.key)?.abort(new ActionAbortedError(effect.reason))
      else if (effect.type === 'read') this.read(effect.uri)
      else if (effect.type === 'succeed') this.outcome.resolve(effect.outputs)
      else this.outcome.reject(fromTaskFailure(effect.failure, this.context.action.name))
    }
  }

  private read(uri: string): void {
    readFile(uri.replace(/^file:\/\//, '')).then(
      (bytes) => this.perform(this.execution.read(uri, new Uint8Array(bytes), this.now())),
      (error: Error) => this.perform(this.execution.read(uri, { refused: error.message }, this.now())),
    )
  }

  private start(effect: StartEffect): void {
    const { key } = effect
    const controller = new AbortController()
    this.live.set(key, controller)
    this.startWhat(effect, controller.signal).then(
      (end) => this.ended(key, end),
      (error: unknown) => this.failed(controller, error),
    )
  }

  private async startWhat(effect: StartEffect, signal: AbortSignal): Promise<StartedEnd> {
    const { what, key, group, inputs, name: shown } = effect
    const name = this.names.nameOf(`${this.context.action.name}-${key}`)
    switch (what.kind) {
      case 'call': {
        const definition = this.entities.definitionOf(what.workflow, what.entity, { ...what, shown })
        return this.noted(name, toEnd(await this.parent.callWire({ definition, inputs, group, name, signal })))
      }
      case 'sleep':
        return this.noted(
          name,
          toEnd(await this.parent.callWire({ definition: sleepTask, inputs, group, name, signal })),
        )
      case 'condition':
        return this.noted(name, await this.ask(name, group, what.condition))
    }
  }

  /** Notes how an action ended, so that another attempt of the workflow does again what failed, and not what did not. */
  private noted(name: string, end: StartedEnd): StartedEnd {
    if ('failure' in end) this.names.failed(name)
    return end
  }

  private async ask(
    name: string,
    group: string,
    spec: Parameters<ParentAction['openCondition']>[0]['spec'],
  ): Promise<StartedEnd> {
    try {
      return { outputs: await this.parent.openCondition({ name, group, spec }), action: name }
    } catch (error) {
      if (this.context.signal.aborted) throw error
      return { failure: this.parent.toFailure(error), action: name }
    }
  }

  private ended(key: string, end: StartedEnd): void {
    this.live.delete(key)
    try {
      this.perform(this.execution.ended(key, end, this.now()))
    } catch (error) {
      this.outcome.reject(error as Error)
    }
  }

  // What was aborted is over already, as far as the workflow is concerned; otherwise it is itself to stop.
  private failed({ signal }: AbortController, error: unknown): void {
    if (!signal.aborted) this.outcome.reject(error as Error)
  }
}

function toEnd(outcome: WireOutcome): StartedEnd {
  if (hasSucceeded(outcome)) return { outputs: outcome.outputs ?? new Uint8Array() }
  const { failure, name, attempt } = outcome
  if (failure !== undefined) return { failure, attempt, action: name }
  const message = `the action ${name} ended without saying why`
  return { failure: { code: 'Unknown', message, kind: 'system', recoverable: false }, action: name }
}
