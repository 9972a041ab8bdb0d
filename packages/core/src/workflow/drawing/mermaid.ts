import type { Outline, OutlineBlock, OutlineKind, OutlineNode } from './outline.ts'

/** A workflow as a flowchart of Mermaid, which GitHub and most documentation tools draw. */
export function drawMermaid(outline: Outline): string {
  const lines = ['flowchart TD']
  for (const node of outline.nodes) draw(node, lines, 1)
  if (outline.onFailure !== undefined) {
    draw(outline.onFailure, lines, 1)
    lines.push(`  failed(( )) -. on failure .-> ${idOf(outline.onFailure.path)}`)
  }
  for (const node of outline.nodes) connect(node, lines)
  return `${lines.join('\n')}\n`
}

const shapes: Readonly<Record<Exclude<OutlineKind, 'workflow'>, readonly [string, string]>> = {
  task: ['[', ']'],
  'launch plan': ['[/', '/]'],
  map: ['[[', ']]'],
  branch: ['{', '}'],
  echo: ['(', ')'],
  approval: ['{{', '}}'],
  signal: ['{{', '}}'],
  sleep: ['([', '])'],
  dynamic: ['[\\', '/]'],
}

function draw(node: OutlineNode, lines: string[], depth: number): void {
  const indent = '  '.repeat(depth)
  if (node.blocks.length === 0) {
    lines.push(`${indent}${shapeOf(idOf(node.path), node)}`)
    return
  }
  lines.push(`${indent}subgraph ${idOf(node.path)}["${quoted(node.kind === 'branch' ? node.path : labelOf(node))}"]`)
  if (node.kind === 'branch') {
    const [open, close] = shapes.branch
    lines.push(`${indent}  ${choiceOf(node)}${open}"${quoted(node.title)}"${close}`)
  }
  for (const block of node.blocks) drawBlock(node, block, lines, depth + 1)
  lines.push(`${indent}end`)
}

function drawBlock(branch: OutlineNode, block: OutlineBlock, lines: string[], depth: number): void {
  for (const node of block.nodes) draw(node, lines, depth)
  if (block.failure === '') return
  lines.push(`${'  '.repeat(depth)}${failureOf(branch, block)}>"${quoted(`fails: ${block.failure}`)}"]`)
}

function connect(node: OutlineNode, lines: string[]): void {
  for (const { path, isData } of node.after) lines.push(`  ${idOf(path)} ${isData ? '-->' : '-.->'} ${idOf(node.path)}`)
  for (const block of node.blocks) {
    if (node.kind === 'branch') enter(node, block, lines)
    for (const inner of block.nodes) connect(inner, lines)
  }
}

/** From the choice to what is done first when a condition holds. */
function enter(branch: OutlineNode, block: OutlineBlock, lines: string[]): void {
  const first = block.nodes.filter(({ after }) => after.length === 0).map(({ path }) => idOf(path))
  const targets = block.failure === '' ? first : [...first, failureOf(branch, block)]
  for (const target of targets) lines.push(`  ${choiceOf(branch)} -->|"${quoted(block.condition)}"| ${target}`)
}

function shapeOf(id: string, node: OutlineNode): string {
  const [open, close] = shapes[node.kind === 'workflow' ? 'task' : node.kind]
  return `${id}${open}"${quoted(labelOf(node))}"${close}`
}

function labelOf({ title, detail }: OutlineNode): string {
  return detail === '' ? title : `${title}\n${detail}`
}

const choiceOf = ({ path }: OutlineNode) => `${idOf(path)}_choice`
const failureOf = ({ path }: OutlineNode, { name }: OutlineBlock) => `${idOf(`${path}/${name}`)}_fails`

/** Words that Mermaid has a meaning for (`end`) never stand alone: every id has its prefix. */
function idOf(path: string): string {
  return `node_${path.replaceAll(/[^A-Za-z0-9]/g, (character) => (character === '/' ? '__' : '_'))}`
}

function quoted(text: string): string {
  return text
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('\n', '<br/>')
}
