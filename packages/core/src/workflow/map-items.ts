import { toBinary } from '@bufbuild/protobuf'
import { type LiteralType, LiteralTypeSchema } from '@tern/idl/core'
import { ItemFailures, type MapNode } from '@tern/idl/graph'
import { literalTypes } from '../literal-types.ts'
import type { TaskFailure } from '../task-error.ts'
import { ValueError } from './execution-failures.ts'
import { type ItemFailure, itemResult } from './item-results.ts'
import { joined, type LiteralBytes, namedEntry, noneBytes, readNamed, writeItems, writeUnion } from './literal-bytes.ts'

/** The items of a map node that runs: their inputs, which of them run, and what they gave. */
export class MapItems {
  readonly total: number
  readonly #node: MapNode
  readonly #segments: ReadonlyArray<Segment>
  readonly #outputs: ReadonlyMap<string, { readonly type: LiteralType; readonly values: (LiteralBytes | null)[] }>
  readonly #running = new Set<number>()
  readonly #needed: number
  started = 0
  succeeded = 0
  failed = 0
  /** Of the first of those that failed, by their place. */
  firstFailure: { readonly index: number; readonly failure: TaskFailure } | null = null
  readonly #failures = new Map<number, ItemFailure>()

  /**
   * @param inputs those that are the same for all items, and those that are lists, in the order of the interface
   * @throws ValueError for lists of different lengths
   */
  constructor(node: MapNode, inputs: ReadonlyArray<MapInput>, outputs: ReadonlyMap<string, LiteralType>) {
    this.#node = node
    this.total = lengthOf(inputs)
    this.#segments = inputs.map((input) => ('items' in input ? input : { fixed: namedEntry(input.name, input.value) }))
    this.#outputs = new Map([...outputs].map(([name, type]) => [name, { type, values: Array(this.total).fill(null) }]))
    this.#needed = neededOf(node, this.total)
  }

  get running(): Iterable<number> {
    return this.#running
  }

  /** The next one that may start; undefined if none may. */
  next(): number | undefined {
    const { concurrency } = this.#node
    if (this.started >= this.total || (concurrency > 0 && this.#running.size >= concurrency)) return undefined
    const index = this.started++
    this.#running.add(index)
    return index
  }

  inputsOf(index: number): Uint8Array {
    return joined(
      this.#segments.map((segment) =>
        'fixed' in segment ? segment.fixed : namedEntry(segment.name, segment.items[index]!),
      ),
    )
  }

  /** @throws ValueError for an output that is missing */
  succeed(index: number, outputs: Uint8Array): void {
    this.#running.delete(index)
    const named = this.#outputs.size === 0 ? null : readNamed(outputs)
    for (const [name, { values }] of this.#outputs) {
      const value = named?.get(name)
      if (value === undefined) throw new ValueError(`item ${index} gave no output ${name}`)
      values[index] = value
    }
    this.succeeded++
  }

  fail(index: number, end: ItemFailure): void {
    const { failure } = end
    this.#running.delete(index)
    this.failed++
    if (this.#node.itemFailures === ItemFailures.RESULT) this.#failures.set(index, end)
    if (this.firstFailure === null || index < this.firstFailure.index) this.firstFailure = { index, failure }
  }

  /** Too few can succeed, and nobody wants to see the others all the same. */
  get isLost(): boolean {
    return this.total - this.failed < this.#needed && (!this.#node.runAll || this.isDone)
  }

  get isDone(): boolean {
    return this.succeeded + this.failed === this.total
  }

  /** How many have to succeed, for people. */
  get demand(): string {
    return this.#needed === this.total ? 'all have to succeed' : `${this.#needed} have to succeed`
  }

  /** @param plain gives a value as it stands in a structured one */
  outputs(plain: (value: LiteralBytes) => unknown): Map<string, LiteralBytes> {
    const isTolerant = this.#node.minSuccess.case !== undefined
    const hasResults = isTolerant && this.#node.itemFailures === ItemFailures.RESULT
    return new Map(
      [...this.#outputs].map(([name, { type, values }]) => {
        if (hasResults) return [name, writeItems(values.map((value, index) => this.#resultOf(value, index, plain)))]
        if (!isTolerant) return [name, writeItems(values as LiteralBytes[])]
        const { present, absent } = variantsOf(type)
        return [name, writeItems(values.map((value) => (value === null ? absent : writeUnion(value, present))))]
      }),
    )
  }

  #resultOf(value: LiteralBytes | null, index: number, plain: (value: LiteralBytes) => unknown): LiteralBytes {
    if (value !== null) return itemResult({ ok: true, value: plain(value) })
    return itemResult({ ok: false, ...this.#failures.get(index)! })
  }
}

/** One input of a map node's entity. */
export type MapInput =
  | { readonly name: string; readonly value: LiteralBytes }
  | { readonly name: string; readonly items: ReadonlyArray<LiteralBytes> }

type Segment = { readonly fixed: Uint8Array } | { readonly name: string; readonly items: ReadonlyArray<LiteralBytes> }

/** Of `T | none`: the type of values that are there, and the literal for one that is not. */
function variantsOf(type: LiteralType): { readonly present: Uint8Array; readonly absent: LiteralBytes } {
  const optional = literalTypes.optional(type).type
  const [present, none] = optional.case === 'unionType' ? optional.value.variants : []
  return {
    present: toBinary(LiteralTypeSchema, present ?? type),
    absent: writeUnion(noneBytes, toBinary(LiteralTypeSchema, none ?? literalTypes.none())),
  }
}

function lengthOf(inputs: ReadonlyArray<MapInput>): number {
  const lists = inputs.filter((input) => 'items' in input)
  const length = lists[0]?.items.length ?? 0
  if (lists.every(({ items }) => items.length === length)) return length
  const lengths = lists.map(({ name, items }) => `${name} has ${items.length}`).join(', ')
  throw new ValueError(`its lists are of different lengths: ${lengths}`, 'MapLengthMismatch')
}

function neededOf({ minSuccess }: MapNode, total: number): number {
  switch (minSuccess.case) {
    case 'minSuccesses':
      return Math.min(minSuccess.value, total)
    case 'minSuccessRatio':
      // 0.1 of 30 is 3, and not a little more.
      return Math.ceil(total * minSuccess.value - 1e-9)
    default:
      return total
  }
}
