import { fromBinary } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import type { Workflow } from '@tern/idl/graph'
import { checkMadeWorkflow } from './check-workflow.ts'
import { isYes, onlyOf, signalOutputOf } from './condition-outputs.ts'
import type { StartedEnd } from './effects.ts'
import { typesIn } from './entity-interface.ts'
import { ValueError, workflowFailure } from './execution-failures.ts'
import { GraphRun, type NodeRun } from './execution-state.ts'
import { type NamedBytes, readNamed } from './literal-bytes.ts'
import type { MapItems } from './map-items.ts'
import type { NodeEnds } from './node-ends.ts'
import type { NodeStarts } from './node-starts.ts'
import type { NodeValues } from './node-values.ts'
import type { Live } from './turn.ts'
import { madeGraphOutput, workflowOfLiteral } from './workflow-wire.ts'

/** What becomes of nodes when what they have started has ended. */
export class StartedEnds {
  readonly #values: NodeValues
  readonly #starts: NodeStarts
  readonly #ends: NodeEnds

  constructor(values: NodeValues, starts: NodeStarts, ends: NodeEnds) {
    this.#values = values
    this.#starts = starts
    this.#ends = ends
  }

  take({ node, item }: Live, end: StartedEnd): void {
    if (item !== null) return this.#itemEnded(node, item, end)
    if ('outputs' in end) return this.#ends.attempt(node, () => this.#takeOutputs(node, end))
    this.#ends.fail(node, { path: node.path, ...end })
  }

  #takeOutputs(node: NodeRun, { outputs, action }: Extract<StartedEnd, { readonly outputs: Uint8Array }>): void {
    const { kind } = node.plan.node
    switch (kind.case) {
      case 'approval':
        if (!isYes(outputs)) {
          const name = kind.value.condition?.name ?? ''
          const failure = workflowFailure('ApprovalRejected', `${name} was not approved`)
          return this.#ends.fail(node, { path: node.path, failure, action })
        }
        return this.#ends.succeed(node, this.#values.inputs(node, typesIn(node.plan.node.outputs)))
      case 'signal':
        return this.#ends.succeed(node, new Map([[signalOutputOf(node.plan.node), onlyOf(outputs)]]))
      case 'dynamic':
        return this.#beginMade(node, outputs)
      default:
        return this.#ends.succeed(node, node.plan.isReferenced || node.list.isHandler ? readNamed(outputs) : noOutputs)
    }
  }

  /** What a dynamic node made becomes part of the workflow. */
  #beginMade(node: NodeRun, outputs: Uint8Array): void {
    const literal = readNamed(outputs).get(madeGraphOutput)
    let made: Workflow
    try {
      made = workflowOfLiteral(literal === undefined ? undefined : fromBinary(LiteralSchema, literal))
      checkMadeWorkflow(made, node.plan.node.outputs)
    } catch (error) {
      throw new ValueError(error instanceof Error ? error.message : String(error), 'DynamicGraphInvalid')
    }
    node.inner = new GraphRun({ workflow: made, path: node.path, parent: node, inputs: new Map() })
    this.#ends.beginGraph(node.inner)
  }

  #itemEnded(node: NodeRun, index: number, end: StartedEnd): void {
    const { items } = node
    if (items === null || node.state !== 'running') return
    this.#ends.attempt(node, () => {
      if ('outputs' in end) items.succeed(index, end.outputs)
      else items.fail(index, end)
      this.#ends.attempt(node, () => this.#goOn(node, items))
    })
  }

  #goOn(node: NodeRun, items: MapItems): void {
    if (items.isLost) return this.#loseMap(node, items)
    this.#starts.beginItems(node, items)
  }

  #loseMap(node: NodeRun, items: MapItems): void {
    const { index, failure } = items.firstFailure!
    const message = `${items.failed} of ${items.total} items failed, and ${items.demand}; item ${index}: ${failure.message}`
    this.#ends.fail(node, { path: node.path, failure: workflowFailure('MapFailed', message, failure) })
  }
}

const noOutputs: NamedBytes = new Map()
