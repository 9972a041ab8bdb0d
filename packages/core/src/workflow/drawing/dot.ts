import type { Outline, OutlineBlock, OutlineKind, OutlineNode } from './outline.ts'

/** A workflow in the language of Graphviz. */
export function drawDot(outline: Outline): string {
  const lines = [
    `digraph ${quoted(outline.name)} {`,
    '  compound=true',
    '  node [shape=box, style=rounded, fontname="sans-serif"]',
    '  edge [fontname="sans-serif", fontsize=10]',
  ]
  for (const node of outline.nodes) draw(node, lines, 1)
  if (outline.onFailure !== undefined) {
    draw(outline.onFailure, lines, 1)
    lines.push(
      '  "failed" [shape=point]',
      `  "failed" -> ${idOf(outline.onFailure)} [style=dashed, label="on failure"]`,
    )
  }
  const byPath = new Map(
    outline.nodes.flatMap((node) => [...withInner(node)]).map((node) => [node.path, node] as const),
  )
  for (const node of byPath.values()) connect(node, byPath, lines)
  lines.push('}')
  return `${lines.join('\n')}\n`
}

const shapes: Readonly<Record<OutlineKind, string>> = {
  task: 'shape=box',
  workflow: 'shape=box',
  'launch plan': 'shape=parallelogram',
  map: 'shape=box, peripheries=2',
  branch: 'shape=diamond',
  echo: 'shape=ellipse',
  approval: 'shape=hexagon',
  signal: 'shape=hexagon',
  sleep: 'shape=oval',
  dynamic: 'shape=component',
}

function draw(node: OutlineNode, lines: string[], depth: number): void {
  const indent = '  '.repeat(depth)
  if (node.blocks.length === 0) {
    lines.push(`${indent}${idOf(node)} [${shapes[node.kind]}, label=${quoted(labelOf(node))}]`)
    return
  }
  lines.push(`${indent}subgraph ${clusterOf(node)} {`)
  lines.push(`${indent}  label=${quoted(node.kind === 'branch' ? node.path : labelOf(node))}`)
  if (node.kind === 'branch') lines.push(`${indent}  ${idOf(node)} [${shapes.branch}, label=${quoted(node.title)}]`)
  for (const block of node.blocks) {
    for (const inner of block.nodes) draw(inner, lines, depth + 1)
    if (block.failure === '') continue
    lines.push(`${indent}  ${failureOf(node, block)} [shape=octagon, label=${quoted(`fails: ${block.failure}`)}]`)
  }
  lines.push(`${indent}}`)
}

function connect(node: OutlineNode, byPath: ReadonlyMap<string, OutlineNode>, lines: string[]): void {
  for (const { path, isData } of node.after) {
    const before = byPath.get(path)
    if (before !== undefined) lines.push(`  ${edge(before, node, isData)}`)
  }
  if (node.kind !== 'branch') return
  for (const block of node.blocks) {
    const first = block.nodes.filter(({ after }) => after.length === 0)
    for (const inner of first)
      lines.push(`  ${idOf(node)} -> ${headOf(inner)} [label=${quoted(block.condition)}${lhead(inner)}]`)
    if (block.failure !== '')
      lines.push(`  ${idOf(node)} -> ${failureOf(node, block)} [label=${quoted(block.condition)}]`)
  }
}

/** Between nodes, or the frames around what is inside of them: Graphviz wants a node on either side. */
function edge(from: OutlineNode, to: OutlineNode, isData: boolean): string {
  const attributes = [
    ...(isData ? [] : ['style=dashed']),
    ...(from.blocks.length === 0 ? [] : [`ltail=${clusterOf(from)}`]),
    ...(to.blocks.length === 0 ? [] : [`lhead=${clusterOf(to)}`]),
  ]
  const tail = tailOf(from)
  return `${tail} -> ${headOf(to)}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`
}

function lhead(node: OutlineNode): string {
  return node.blocks.length === 0 ? '' : `, lhead=${clusterOf(node)}`
}

/** A node at the beginning of what is inside of another; itself, if that is nothing. */
function headOf(node: OutlineNode): string {
  const inner = node.kind === 'branch' ? undefined : node.blocks[0]?.nodes[0]
  return inner === undefined ? idOf(node) : headOf(inner)
}

function tailOf(node: OutlineNode): string {
  const inner = node.blocks.flatMap(({ nodes }) => nodes).at(-1)
  return inner === undefined ? idOf(node) : tailOf(inner)
}

function* withInner(node: OutlineNode): Generator<OutlineNode> {
  yield node
  for (const block of node.blocks) for (const inner of block.nodes) yield* withInner(inner)
}

function labelOf({ title, detail }: OutlineNode): string {
  return detail === '' ? title : `${title}\n${detail}`
}

const idOf = ({ path }: OutlineNode) => quoted(path)
const clusterOf = ({ path }: OutlineNode) => quoted(`cluster_${path}`)
const failureOf = ({ path }: OutlineNode, { name }: OutlineBlock) => quoted(`${path}/${name}/fails`)

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
