import { isSuccessPhase, isTernError, toTaskFailure } from '@tern/core'
import { isAbortOfWorkflow, type StartEffect, type WorkflowEffect, WorkflowExecution } from '@tern/core/workflow'
import { ActionPhase } from '@tern/idl/common'
import type { Workflow } from '@tern/idl/graph'
import type { ActionRow } from '../store/actions-repository.ts'
import { failureOfRow } from './row-failure.ts'
import { type NodeParent, nodeActionName } from './node-names.ts'
import type { NodeTasks } from './node-tasks.ts'

/** What an execution of a workflow comes to by what is stored of its actions. */
export interface Walk {
  readonly execution: WorkflowExecution
  /** The actions of nodes and of items of map nodes, by their keys: where there were several, the last. */
  readonly actions: ReadonlyMap<string, ActionRow>
  /** What was to be started, by its key. */
  readonly effects: ReadonlyMap<string, StartEffect>
}

export interface WalkOptions {
  readonly workflow: Workflow
  readonly inputs: Uint8Array
  readonly parent: NodeParent
  readonly startedAt: number
  /** When the workflow ended; null while it goes on. */
  readonly endedAt: number | null
  /** All children of the workflow's action. */
  readonly children: ReadonlyArray<ActionRow>
  readonly tasks: NodeTasks
  /** Outputs of an action that ended well. */
  readonly readOutputs: (action: ActionRow) => Promise<Uint8Array>
  /** A value that is kept in storage. */
  readonly readStored: (uri: string) => Promise<Uint8Array>
}

/**
 * Walks a graph by the actions that are stored, in the order in which they ended: what became of nodes that are no actions follows
 * from those that are.
 */
export async function walkAgain(options: WalkOptions): Promise<Walk> {
  const walker = new Walker(options)
  await walker.walk()
  return walker
}

const rowsPerTurn = 200

class Walker implements Walk {
  readonly execution: WorkflowExecution
  readonly actions = new Map<string, ActionRow>()
  readonly effects = new Map<string, StartEffect>()
  readonly #options: WalkOptions
  readonly #rows: ReadonlyMap<string, ActionRow>
  readonly #keys = new Map<number, string>()
  readonly #passed = new Set<number>()
  /** Started only after the turn of its action, which ended in the same millisecond as what it waited for. */
  #late: string[] = []

  constructor(options: WalkOptions) {
    this.#options = options
    this.#rows = new Map(options.children.map((row) => [row.name, row]))
    this.execution = new WorkflowExecution(options.workflow, options.inputs)
  }

  async walk(): Promise<void> {
    const { children, startedAt } = this.#options
    await this.#take(this.execution.start(startedAt), startedAt)
    const ended = children.filter((row) => row.endedAt !== null)
    ended.sort((a, b) => a.endedAt! - b.endedAt! || a.seq - b.seq)
    for (const [index, row] of ended.entries()) {
      // Others have their turn in between.
      if (index % rowsPerTurn === rowsPerTurn - 1) await new Promise((resolve) => setImmediate(resolve))
      this.#passed.add(row.seq)
      const key = this.#keys.get(row.seq)
      if (key !== undefined) await this.#end(key, row)
      for (let late = this.#late.shift(); late !== undefined; late = this.#late.shift()) {
        await this.#end(late, this.actions.get(late)!)
      }
    }
  }

  async #end(key: string, row: ActionRow): Promise<void> {
    const at = row.endedAt!
    if (isSuccessPhase(row.phase)) {
      const outputs = this.execution.needsOutputsOf(key) ? await this.#options.readOutputs(row) : new Uint8Array()
      return await this.#take(this.execution.ended(key, { outputs, action: row.name }, at), at)
    }
    if (this.#endedWithAll(row)) return
    const failure = failureOfRow(row)
    if (!isAbortOfWorkflow(failure))
      await this.#take(this.execution.ended(key, { failure, attempt: row.attempt, action: row.name }, at), at)
  }

  /** It was aborted since its workflow had ended, which it was no reason for. */
  #endedWithAll({ phase, endedAt }: ActionRow): boolean {
    const { endedAt: end } = this.#options
    return phase === ActionPhase.ABORTED && end !== null && endedAt! >= end
  }

  async #take(effects: ReadonlyArray<WorkflowEffect>, at: number): Promise<void> {
    for (const effect of effects) {
      if (effect.type === 'start') await this.#started(effect, at)
      else if (effect.type === 'read') await this.#read(effect.uri, at)
    }
  }

  async #read(uri: string, at: number): Promise<void> {
    let found: Parameters<WorkflowExecution['read']>[1]
    try {
      found = await this.#options.readStored(uri)
    } catch (error) {
      if (!isTernError(error)) throw error
      found = { refused: error.message }
    }
    await this.#take(this.execution.read(uri, found, at), at)
  }

  async #started(effect: StartEffect, at: number): Promise<void> {
    this.effects.set(effect.key, effect)
    let identity: string
    try {
      ;({ identity } = this.#options.tasks.of(effect))
    } catch (error) {
      if (!isTernError(error)) throw error
      return await this.#take(this.execution.ended(effect.key, { failure: toTaskFailure(error) }, at), at)
    }
    const row = this.#latest(effect, identity)
    if (row === undefined) return
    this.actions.set(effect.key, row)
    this.#keys.set(row.seq, effect.key)
    if (this.#passed.has(row.seq)) this.#late.push(effect.key)
  }

  /** Of the actions that were made for it, one after another in further attempts. */
  #latest(effect: StartEffect, identity: string): ActionRow | undefined {
    let found: ActionRow | undefined
    for (let round = 1; ; round++) {
      const row = this.#rows.get(nodeActionName(effect, identity, this.#options.parent, round))
      if (row === undefined) return found
      found = row
      // A handler is called in each attempt of the workflow that fails.
      if (!effect.isFailureHandler && (row.endedAt === null || isSuccessPhase(row.phase))) return found
    }
  }
}
