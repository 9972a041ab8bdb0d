import { type BoxKind, type FlowBox, type FlowFrame, type FlowItem, type FlowLink, flowOf, linesOf } from './flow.ts'
import type { Outline } from './outline.ts'

/** A workflow in the language of Graphviz. */
export function drawDot(outline: Outline): string {
  const { name, items, links } = flowOf(outline)
  const places = new Map<string, Place>()
  for (const item of items) note(item, [], places)
  return [
    `digraph ${quoted(name)} {`,
    `  graph [compound=true, ranksep=0.45, nodesep=0.35, pad=0.25, bgcolor="white", fontname="${font}", fontsize=12]`,
    `  node [fontname="${font}", fontsize=12, margin="0.16,0.09", height=0.42, penwidth=1.2]`,
    `  edge [fontname="${font}", fontsize=10, color="${ink.line}", fontcolor="${ink.quiet}", arrowsize=0.7, penwidth=1.2]`,
    ...items.flatMap((item) => drawItem(item, 1)),
    ...links.map((link) => `  ${drawLink(link, places, links)}`),
    '}',
    '',
  ].join('\n')
}

const font = 'Helvetica'

/** The colours of a drawing, by what they are for. `restyleSvg` has others for dark screens. */
export const ink = { text: '#1f2328', quiet: '#57606a', line: '#6e7781', frame: '#f6f8fa', border: '#d0d7de' } as const

/** How a box is filled and drawn around: two colours. */
export const paints: Readonly<Record<BoxKind, readonly [string, string]>> = {
  task: ['#ffffff', '#8c959f'],
  'launch plan': ['#ddf4ff', '#218bff'],
  map: ['#eef4ff', '#3b76d1'],
  branch: ['#fff8c5', '#bf8700'],
  echo: ['#f6f8fa', '#8c959f'],
  approval: ['#fbefff', '#8250df'],
  signal: ['#fbefff', '#8250df'],
  sleep: ['#f6f8fa', '#8c959f'],
  dynamic: ['#dafbe1', '#1a7f37'],
  inputs: ['#eaeef2', '#eaeef2'],
  outputs: ['#eaeef2', '#eaeef2'],
  join: ['#bf8700', '#bf8700'],
  fail: ['#ffebe9', '#cf222e'],
  failure: ['#ffebe9', '#ffebe9'],
}

const shapes: Readonly<Record<BoxKind, string>> = {
  task: 'shape=box, style="rounded,filled"',
  'launch plan': 'shape=note, style=filled',
  map: 'shape=box, style="rounded,filled", peripheries=2',
  branch: 'shape=diamond, style=filled, margin="0.02,0.02"',
  echo: 'shape=ellipse, style=filled',
  approval: 'shape=hexagon, style=filled, margin="0.06,0.02"',
  signal: 'shape=parallelogram, style=filled, margin="0.02,0.02"',
  sleep: 'shape=ellipse, style=filled',
  dynamic: 'shape=box, style="rounded,filled,dashed"',
  inputs: 'shape=box, style="rounded,filled"',
  outputs: 'shape=box, style="rounded,filled"',
  join: 'shape=point, width=0.09',
  fail: 'shape=octagon, style=filled, margin="0.05,0.05"',
  failure: 'shape=box, style="rounded,filled"',
}

function drawItem(item: FlowItem, depth: number): string[] {
  const indent = '  '.repeat(depth)
  if (!('items' in item)) return [`${indent}${drawBox(item)}`]
  return [
    `${indent}subgraph ${clusterOf(item.id)} {`,
    `${indent}  graph [label=<${rowsOf([`<B>${escaped(item.title)}</B>`])}>, labeljust=l, margin=12]`,
    `${indent}  graph [style="rounded,filled", fillcolor="${ink.frame}", color="${ink.border}", fontcolor="${ink.quiet}"]`,
    ...item.items.flatMap((inner) => drawItem(inner, depth + 1)),
    `${indent}}`,
  ]
}

function drawBox(box: FlowBox): string {
  const [fill, border] = paints[box.kind]
  const look = `class=${quoted(box.kind)}, fillcolor="${fill}", color="${border}", fontcolor="${ink.text}"`
  return `${quoted(box.id)} [${shapes[box.kind]}, ${look}, label=<${labelOf(box)}>]`
}

function labelOf({ kind, title, detail }: FlowBox): string {
  const isQuiet = kind === 'inputs' || kind === 'outputs' || kind === 'failure'
  const name = linesOf(title, 40).map((line) => (isQuiet ? escaped(line) : `<B>${escaped(line)}</B>`))
  // A part of what is said in each line: `each of path`, `4 at once`.
  const parts = detail === '' ? [] : detail.split(', ').flatMap((part) => linesOf(part, 30))
  return rowsOf([...name, ...parts.map((line) => small(escaped(line)))])
}

function small(markup: string): string {
  return `<FONT POINT-SIZE="10" COLOR="${ink.quiet}">${markup}</FONT>`
}

/** Lines of text with room between them. */
function rowsOf(lines: readonly string[]): string {
  const rows = lines.map((line) => `<TR><TD>${line}</TD></TR>`)
  return `<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">${rows.join('')}</TABLE>`
}

/** What a box or frame is in, and for a frame, the boxes in it. */
interface Place {
  readonly frames: readonly string[]
  readonly boxes: readonly string[]
}

function note(item: FlowItem, frames: readonly string[], places: Map<string, Place>): readonly string[] {
  const boxes = 'items' in item ? boxesOf(item, frames, places) : [item.id]
  places.set(item.id, { frames, boxes })
  return boxes
}

function boxesOf(frame: FlowFrame, frames: readonly string[], places: Map<string, Place>): readonly string[] {
  return frame.items.flatMap((inner) => note(inner, [...frames, frame.id], places))
}

/** Graphviz wants a box at either end, and cuts the line where the frame begins. */
function drawLink(link: FlowLink, places: ReadonlyMap<string, Place>, links: readonly FlowLink[]): string {
  const [from, to] = [places.get(link.from), places.get(link.to)]
  const inner = (place: Place | undefined, side: 'from' | 'to') =>
    place?.boxes.findLast(
      (box) =>
        !links.some((each) => each[side] === box && place.boxes.includes(each.from) && place.boxes.includes(each.to)),
    )
  const [tail = link.from, head = link.to] = [
    inner(from, 'from'),
    inner({ ...to!, boxes: to?.boxes.toReversed() ?? [] }, 'to'),
  ]
  const attributes = [
    ...(tail === link.from ? [] : [`ltail=${clusterOf(link.from)}`]),
    ...(head === link.to ? [] : [`lhead=${clusterOf(link.to)}`]),
    ...(link.isDashed ? ['style=dashed'] : []),
    ...(link.label === ''
      ? []
      : [
          `label=<${linesOf(link.label, 26)
            .map((line) => `&#160;${escaped(line)}&#160;`)
            .join('<BR/>')}>`,
        ]),
  ]
  return `${quoted(tail)} -> ${quoted(head)}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`
}

const clusterOf = (id: string) => quoted(`cluster_${id}`)

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
