import { type BoxKind, type FlowBox, type FlowItem, type FlowLink, flowOf, linesOf } from './flow.ts'
import type { Outline } from './outline.ts'

/** A workflow as a flowchart of Mermaid, which GitHub and most documentation tools draw. */
export function drawMermaid(outline: Outline): string {
  const { items, links } = flowOf(outline)
  const lines = ['flowchart TD', ...items.flatMap((item) => drawItem(item, 1)), ...links.map(drawLink)]
  const boxes = items.flatMap(boxesOf)
  for (const [kinds, style] of styles) {
    const ids = boxes.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => idOf(id))
    if (ids.length > 0) lines.push(`  classDef ${kinds[0]} ${style}`, `  class ${ids.join(',')} ${kinds[0]}`)
  }
  return `${lines.join('\n')}\n`
}

// Lines only: what is inside of a box is to be read on a dark page too.
const styles: readonly (readonly [readonly BoxKind[], string])[] = [
  [['map'], 'stroke:#3b76d1'],
  [['branch'], 'stroke:#bf8700'],
  [['approval', 'signal'], 'stroke:#8250df'],
  [['dynamic'], 'stroke:#1a7f37,stroke-dasharray:4 3'],
  [['fail', 'failure'], 'stroke:#cf222e'],
]

const shapes: Readonly<Record<BoxKind, readonly [string, string]>> = {
  task: ['[', ']'],
  'launch plan': ['>', ']'],
  map: ['[[', ']]'],
  branch: ['{', '}'],
  echo: ['(', ')'],
  approval: ['{{', '}}'],
  signal: ['[/', '/]'],
  sleep: ['([', '])'],
  dynamic: ['(', ')'],
  join: ['((', '))'],
  inputs: ['([', '])'],
  outputs: ['([', '])'],
  fail: ['[', ']'],
  failure: ['([', '])'],
}

function drawItem(item: FlowItem, depth: number): string[] {
  const indent = '  '.repeat(depth)
  if (!('items' in item)) return [`${indent}${drawBox(item)}`]
  const inner = item.items.flatMap((each) => drawItem(each, depth + 1))
  return [`${indent}subgraph ${idOf(item.id)}["${escaped(item.title)}"]`, ...inner, `${indent}end`]
}

function drawBox({ id, kind, title, detail }: FlowBox): string {
  const [open, close] = shapes[kind]
  const name =
    kind === 'inputs' || kind === 'outputs' || kind === 'failure' ? escaped(title) : `<b>${escaped(title)}</b>`
  const label = [name, ...(detail === '' ? [] : detail.split(', ').map(escaped))].join('<br/>')
  return `${idOf(id)}${open}"${kind === 'join' ? ' ' : label}"${close}`
}

function drawLink({ from, to, label, isDashed }: FlowLink): string {
  const said = label === '' ? '' : `|"${linesOf(label, 26).map(escaped).join('<br/>')}"|`
  return `  ${idOf(from)} ${isDashed ? '-.->' : '-->'}${said} ${idOf(to)}`
}

function boxesOf(item: FlowItem): readonly FlowBox[] {
  return 'items' in item ? item.items.flatMap(boxesOf) : [item]
}

/** Words that Mermaid has a meaning for (`end`) never stand alone: every id has its prefix. */
function idOf(path: string): string {
  return `node_${path.replaceAll(/[^A-Za-z0-9]/g, (character) => (character === '/' ? '__' : '_'))}`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('\n', '<br/>')
}
