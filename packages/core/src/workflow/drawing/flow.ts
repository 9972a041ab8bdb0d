import type { Outline, OutlineBlock, OutlineKind, OutlineNode } from './outline.ts'

/**
 * How a box of a drawing looks: what it is, where cases join again, what goes in at the top, what
 * comes out at the bottom, and what goes wrong.
 */
export type BoxKind = Exclude<OutlineKind, 'workflow'> | 'join' | 'inputs' | 'outputs' | 'fail' | 'failure'

export interface FlowBox {
  readonly id: string
  readonly kind: BoxKind
  readonly title: string
  /** A second line. */
  readonly detail: string
}

/** What is around the nodes of a workflow in another. */
export interface FlowFrame {
  readonly id: string
  readonly title: string
  readonly items: readonly FlowItem[]
}

export type FlowItem = FlowBox | FlowFrame

export interface FlowLink {
  /** Ids of boxes or frames. */
  readonly from: string
  readonly to: string
  /** When it is taken; empty for always. */
  readonly label: string
  /** Nothing is taken over, it only comes after; or what a failure leads to. */
  readonly isDashed: boolean
}

/** A workflow as boxes, frames around them, and links between both: what all drawings have in common. */
export interface Flow {
  readonly name: string
  readonly items: readonly FlowItem[]
  readonly links: readonly FlowLink[]
}

export function flowOf(outline: Outline): Flow {
  return new FlowMaker(outline).flow()
}

/** Where something is left, and when. */
interface Exit {
  readonly id: string
  readonly label: string
}

const ends = { inputs: 'inputs', outputs: 'outputs', failure: 'failure' } as const

class FlowMaker {
  readonly #outline: Outline
  readonly #prefix: string
  readonly #links: FlowLink[] = []
  /** How many nodes come directly after one, by its path. */
  readonly #followers = new Map<string, number>()

  constructor(outline: Outline) {
    this.#outline = outline
    // Tasks of the workflow's own environment go by their short names.
    this.#prefix = outline.name.slice(0, outline.name.indexOf('.') + 1)
  }

  flow(): Flow {
    const { name, inputs, nodes, results, onFailure } = this.#outline
    for (const node of nodes) this.#count(node)
    for (const path of results) this.#follow(path)
    const items: FlowItem[] = []
    if (inputs.length > 0) items.push({ ...box(ends.inputs, 'inputs'), title: namesOf(inputs).join(', ') })
    for (const node of nodes) items.push(...this.#draw(node))
    for (const node of nodes) this.#connect(node, nodes)
    for (const node of inputs.length === 0 ? [] : nodes) if (node.takesInputs) this.#link(ends.inputs, entryOf(node))
    items.push(...this.#results())
    if (onFailure !== undefined) {
      items.push({ ...box(ends.failure, 'failure'), title: 'if it fails' }, ...this.#draw(onFailure))
      this.#connect(onFailure, [])
      this.#link(ends.failure, entryOf(onFailure), '', true)
    }
    return { name, items, links: this.#links }
  }

  #draw(node: OutlineNode): FlowItem[] {
    const { path, kind, title, detail, blocks } = node
    const shown = this.#short(title)
    if (kind === 'workflow') {
      const items = blocks.flatMap(({ nodes }) => nodes.flatMap((inner) => this.#draw(inner)))
      // One that does nothing is a box.
      return [
        items.length > 0
          ? { id: path, title: shown, items }
          : { ...box(path, 'task'), title: shown, detail: 'workflow' },
      ]
    }
    const own = { id: path, kind, title: shown, detail: this.#detail(kind, detail) }
    const join = this.#joins(node) ? [box(joinOf(node), 'join')] : []
    return [own, ...blocks.flatMap((block) => this.#drawBlock(node, block)), ...join]
  }

  #count({ after, blocks }: OutlineNode): void {
    for (const { path } of after) this.#follow(path)
    for (const { nodes } of blocks) for (const inner of nodes) this.#count(inner)
  }

  #follow(path: string): void {
    this.#followers.set(path, (this.#followers.get(path) ?? 0) + 1)
  }

  /** Whether a point is drawn where the cases of a branch join: without it, each of them would lead to each of what follows. */
  #joins(node: OutlineNode): boolean {
    return node.kind === 'branch' && (this.#followers.get(node.path) ?? 0) > 1 && this.#caseExits(node).length > 1
  }

  #drawBlock(branch: OutlineNode, block: OutlineBlock): FlowItem[] {
    const items = block.nodes.flatMap((inner) => this.#draw(inner))
    if (block.failure === '') return items
    return [...items, { ...box(failureOf(branch, block), 'fail'), title: 'fails', detail: block.failure }]
  }

  #connect(node: OutlineNode, siblings: readonly OutlineNode[]): void {
    for (const { path, isData } of node.after) {
      const before = siblings.find((each) => each.path === path)
      if (before === undefined) continue
      for (const { id, label } of this.#exits(before)) this.#link(id, entryOf(node), label, !isData)
    }
    for (const block of node.blocks) {
      for (const inner of block.nodes) this.#connect(inner, block.nodes)
      if (node.kind === 'branch') this.#enter(node, block)
    }
    if (this.#joins(node)) for (const { id, label } of this.#caseExits(node)) this.#link(id, joinOf(node), label)
  }

  /** From the choice to what is done first when a condition holds. */
  #enter(branch: OutlineNode, block: OutlineBlock): void {
    const first = block.nodes.filter(({ after }) => after.length === 0).map(entryOf)
    const targets = block.failure === '' ? first : [...first, failureOf(branch, block)]
    for (const target of targets) this.#link(branch.path, target, this.#label(block))
  }

  /** What comes last in a node: of a branch, in each of its blocks. */
  #exits(node: OutlineNode): readonly Exit[] {
    if (this.#joins(node)) return [{ id: joinOf(node), label: '' }]
    return node.kind === 'branch' ? this.#caseExits(node) : [{ id: node.path, label: '' }]
  }

  #caseExits(node: OutlineNode): readonly Exit[] {
    return node.blocks.flatMap((block): readonly Exit[] => {
      if (block.failure !== '') return []
      if (block.nodes.length === 0) return [{ id: node.path, label: this.#label(block) }]
      const earlier = new Set(block.nodes.flatMap(({ after }) => after.map(({ path }) => path)))
      return block.nodes.filter(({ path }) => !earlier.has(path)).flatMap((last) => this.#exits(last))
    })
  }

  #results(): FlowItem[] {
    const { outputs, results, nodes } = this.#outline
    if (outputs.length === 0) return []
    for (const path of results) {
      const node = nodes.find((each) => each.path === path)
      if (path === '') this.#link(ends.inputs, ends.outputs)
      for (const { id, label } of node === undefined ? [] : this.#exits(node)) this.#link(id, ends.outputs, label)
    }
    const names = namesOf(outputs)
    return [{ ...box(ends.outputs, 'outputs'), title: names.join() === 'o0' ? 'output' : names.join(', ') }]
  }

  #link(from: string, to: string, label = '', isDashed = false): void {
    if (this.#links.some((link) => link.from === from && link.to === to && link.label === label)) return
    this.#links.push({ from, to, label, isDashed })
  }

  #label({ spoken }: OutlineBlock): string {
    return spoken.replaceAll(this.#prefix, '')
  }

  #short(title: string): string {
    return this.#prefix !== '' && title.startsWith(this.#prefix) ? title.slice(this.#prefix.length) : title
  }

  #detail(kind: OutlineKind, detail: string): string {
    const said = this.#short(detail)
    return kind === 'approval' || kind === 'signal' ? [kind, said].filter(Boolean).join(' ') : said
  }
}

function box<K extends BoxKind>(id: string, kind: K): FlowBox {
  return { id, kind, title: '', detail: '' }
}

/** Of `x: integer` and `y = n0.o0`. */
function namesOf(described: readonly string[]): string[] {
  return described.map((text) => text.slice(0, text.search(/[:\s]/)))
}

const entryOf = ({ path }: OutlineNode) => path
const joinOf = ({ path }: OutlineNode) => `${path}/join`
const failureOf = ({ path }: OutlineNode, { name }: OutlineBlock) => `${path}/${name}/fails`

/** Where the line of a text that is too long for one is broken. */
export function linesOf(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
