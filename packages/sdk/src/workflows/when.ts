import type { MessageInitShape } from '@bufbuild/protobuf'
import { compareText, DataValidationError, typeAtPath, unionOf } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import type { Binding, BlockSchema, BranchNodeSchema, Condition as WireCondition } from '@tern/idl/graph'
import { markUnfinished, useRef, wrapped } from './bind-references.ts'
import { toWireCondition, type WorkflowCondition } from './conditions.ts'
import type { EntityTable } from './entities.ts'
import { AsyncBodyError, GraphError } from './errors.ts'
import { type BuiltNode, currentGraph, GraphScope, inGraph, requireGraph } from './graph-scope.ts'
import type { Ref, Reference, VoidNode } from './reference-types.ts'
import { handleOf, makeNodeHandle, outputsOfNode, type RefData } from './references.ts'
import { toBinding } from './taker.ts'
import { toReference } from './wire-values.ts'

/** What a branch may give: a reference, references by name, or nothing. */
export type BranchResult = Reference<unknown> | VoidNode | { readonly [name: string]: Reference<unknown> } | void

/** What a conditional gives: what all of its branches give, those that fail aside. */
export type WhenResult<B> = [B] extends [never]
  ? VoidNode
  : [B] extends [Reference<unknown> | Record<string, Reference<unknown>>]
    ? Ref<Given<B>>
    : VoidNode

type Given<B> = B extends Reference<infer T> ? T : { [K in keyof B]: B[K] extends Reference<infer T> ? T : never }

/** A conditional with at least one case. It is complete with an `else`. */
export interface When<B> {
  /** If none of the conditions before holds, and this one does. */
  elif<R extends BranchResult>(condition: WorkflowCondition, then: () => R): When<B | R>
  /** If no condition holds. */
  else<R extends BranchResult>(otherwise: () => R): WhenResult<B | R>
}

/**
 * Does one of several things, depending on what is known when the workflow runs. All of them are part of the graph; the nodes of
 * those that are not done are skipped.
 *
 *     const result = when('size', gt(rows, 1000), () => trainLarge.node({ rows })).else(() => trainSmall.node({ rows }))
 *
 * @param then makes the nodes of the case, any number of them, and gives what the case gives
 * @throws NotInGraphError outside the body of a workflow
 */
export function when<R extends BranchResult>(condition: WorkflowCondition, then: () => R): When<R>
/** @param name what people see */
export function when<R extends BranchResult>(name: string, condition: WorkflowCondition, then: () => R): When<R>
export function when(...args: readonly unknown[]): When<never> {
  const [name, condition, then] = typeof args[0] === 'string' ? args : ['', ...args]
  const scope = requireGraph('when', when)
  const what = name === '' ? 'when' : `when ${JSON.stringify(name)}`
  const node = scope.add({ what, options: { name: name as string }, callee: when })
  const conditional = new Conditional(node)
  conditional.addCase(condition, then)
  return conditional.asWhen()
}

interface Branch {
  readonly scope: GraphScope
  /** Undefined for the last, which has none. */
  readonly condition: WireCondition | undefined
  readonly outputs: ReadonlyMap<string, RefData>
  readonly isSingle: boolean
}

class Conditional {
  private readonly node: BuiltNode
  private branches: Branch[] = []
  private isFinished = false

  constructor(node: BuiltNode) {
    this.node = node
    node.scope.build.unfinished.add(this)
  }

  readonly describe = (): GraphError =>
    new GraphError(`${this.node.what} has no else`, {
      ...this.node.place,
      hint: "End it with .else(() => …), or .else(() => fail('…')).",
    })

  asWhen(): When<never> {
    const elif = (condition: unknown, then: unknown) => {
      this.addCase(condition, then)
      return steps
    }
    const otherwise = (then: unknown) => this.finish(then)
    // A promise that is awaited would ask for `then`, which there is none of.
    const steps = markUnfinished({ elif, else: otherwise })
    return steps as When<never>
  }

  addCase(condition: unknown, then: unknown): void {
    const { node } = this
    this.checkOpen()
    const taker = { scope: node.scope, node, where: node.what, name: '', place: node.place }
    const wire = toWireCondition(condition, taker)
    this.branches.push(this.build(`then${this.branches.length}`, wire, then))
  }

  finish(then: unknown): object {
    this.checkOpen()
    this.branches.push(this.build('else', undefined, then))
    this.isFinished = true
    const { node } = this
    this.branches = alike(this.branches)
    const { branches } = this
    node.scope.build.unfinished.delete(this)
    const giving = branches.filter(({ scope }) => scope.failure === undefined)
    node.outputs = commonOutputs(giving)
    node.isSingle = giving.length > 0 && giving.every(({ isSingle }) => isSingle)
    node.declaresOutputs = true
    node.toKind = (entities) => ({ case: 'branch', value: this.toWire(entities) })
    return makeNodeHandle(node)
  }

  private checkOpen(): void {
    if (this.isFinished) throw new GraphError(`${this.node.what} has an else already`, this.node.place)
    if (currentGraph() === this.node.scope) return
    throw new GraphError(`${this.node.what} goes on in another graph or branch`, this.node.place)
  }

  private build(name: string, condition: WireCondition | undefined, then: unknown): Branch {
    const { node } = this
    if (typeof then !== 'function') {
      const hint = 'Give it a function: () => task.node({ … }).'
      throw new GraphError(`a case of ${node.what} must be a function that makes its nodes`, { ...node.place, hint })
    }
    const scope = new GraphScope(node.scope.build, node.scope, node, `${node.path}/${name}`)
    const given: unknown = inGraph(scope, () => (then as () => unknown)())
    scope.isOpen = false
    node.inner.push(scope.nodes)
    if (given instanceof Promise) {
      given.catch(() => undefined)
      throw new AsyncBodyError(`the case ${name} of ${node.what} is asynchronous`, node.place)
    }
    return { scope, condition, ...this.readOutputs(scope, name, given) }
  }

  private readOutputs(scope: GraphScope, name: string, given: unknown): Pick<Branch, 'outputs' | 'isSingle'> {
    if (given === undefined || scope.failure !== undefined) return { outputs: new Map(), isSingle: false }
    const handle = handleOf(given)
    const isSingle = handle?.kind === 'value'
    const refs =
      handle === undefined ? this.namedRefs(name, given) : isSingle ? [['o0', handle] as const] : outputRefs(handle)
    const { place } = this.node
    for (const [, ref] of refs) useRef(ref, { scope, node: this.node, place })
    return { outputs: new Map(refs), isSingle }
  }

  private namedRefs(name: string, given: unknown): (readonly [string, RefData])[] {
    const entries = typeof given === 'object' && given !== null ? Object.entries(given) : undefined
    return (entries ?? [['', given]]).map(([key, value]) => {
      const handle = handleOf(value)
      if (handle?.kind === 'value') return [key, handle] as const
      throw new GraphError(`the case ${name} of ${this.node.what} must give references${key && `: ${key} is none`}`, {
        ...this.node.place,
        hint: 'Give what .node() returns, an object of references, or nothing.',
      })
    })
  }

  private toWire(entities: EntityTable): MessageInitShape<typeof BranchNodeSchema> {
    const all = this.branches.map((branch) => ({ condition: branch.condition, block: this.toBlock(branch, entities) }))
    const cases = all.flatMap(({ condition, block }) => (condition === undefined ? [] : [{ condition, block }]))
    const otherwise = all.find(({ condition }) => condition === undefined)?.block
    return { cases, ...(otherwise === undefined ? {} : { otherwise }) }
  }

  private toBlock({ scope, outputs }: Branch, entities: EntityTable): MessageInitShape<typeof BlockSchema> {
    const nodes = scope.nodes.map((node) => node.toMessage(entities))
    if (scope.failure !== undefined) return { nodes, outputs: [], fail: { message: scope.failure } }
    return { nodes, outputs: [...this.node.outputs].map(([name, type]) => toOutput(name, type, outputs)).sort(byName) }
  }
}

function byName(a: Binding, b: Binding): number {
  return compareText(a.name, b.name)
}

function toOutput(name: string, type: LiteralType, outputs: ReadonlyMap<string, RefData>): Binding {
  const ref = outputs.get(name)
  if (ref === undefined) throw new Error(`the branch has no output ${name}`)
  return toBinding(name, wrapped(ref.type, type, toReference(ref)))
}

function outputRefs(handle: { kind: 'node'; scope: GraphScope; node: BuiltNode }): (readonly [string, RefData])[] {
  return Object.entries(outputsOfNode(handle)).map(([name, ref]) => [name, handleOf(ref) as RefData] as const)
}

/** Where some branches give references by name, one that gives a single object gives the parts of it. */
function alike(branches: readonly Branch[]): Branch[] {
  const named = branches.find(({ isSingle, outputs }) => !isSingle && outputs.size > 0)
  if (named === undefined) return [...branches]
  const names = [...named.outputs.keys()]
  return branches.map((branch) => {
    const [whole] = branch.outputs.values()
    if (!branch.isSingle || whole === undefined) return branch
    return { ...branch, isSingle: false, outputs: new Map(names.flatMap((name) => partNamed(whole, name))) }
  })
}

function partNamed(ref: RefData, name: string): (readonly [string, RefData])[] {
  try {
    return [[name, { ...ref, path: [...ref.path, name], type: typeAtPath(ref.type, [name]) }]]
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    return []
  }
}

/** Of the names that all branches give, each with a type that takes what any of them gives. */
function commonOutputs(branches: readonly Branch[]): ReadonlyMap<string, LiteralType> {
  const [first, ...others] = branches
  const names = [...(first?.outputs.keys() ?? [])].filter((name) => others.every(({ outputs }) => outputs.has(name)))
  return new Map(
    names.map((name) => [name, unionOf(branches.map(({ outputs }) => (outputs.get(name) as RefData).type))]),
  )
}

/**
 * Ends a case of a conditional with an error: the workflow fails when it comes there.
 *
 *     when(lt(x, 10), () => square.node({ x })).else(() => fail('out of range'))
 *
 * @throws NotInGraphError outside of a case
 */
export function fail(message = 'condition failed'): never {
  const scope = requireGraph('fail', fail)
  if (scope.branch === undefined) {
    throw new GraphError('fail was called outside of a case of when', { graph: scope.build.name })
  }
  if (typeof message !== 'string') throw new GraphError('fail takes a text', scope.branch.place)
  scope.failure = message
  return undefined as never
}
