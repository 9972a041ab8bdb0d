import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { beforeAll, describe, expect, test } from 'vitest'
import { tern } from './tern-process.ts'

// What is drawn of workflows, as Graphviz lays it out: where there is a box, and which way the lines go.

interface Box {
  readonly name: string
  readonly left: number
  readonly right: number
  readonly bottom: number
  readonly top: number
}

interface Line {
  readonly from: string
  readonly to: string
  readonly label: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

interface Layout {
  readonly boxes: readonly Box[]
  readonly frames: readonly (Box & { readonly inner: ReadonlySet<string> })[]
  readonly lines: readonly Line[]
}

const drawn = new Map<string, Promise<string>>()

/** What the command draws, asked for once. */
function draw(which: Drawn, format: string): Promise<string> {
  const key = [...which, format].join(' ')
  const drawing = drawn.get(key) ?? drawOnce(which, format)
  drawn.set(key, drawing)
  return drawing
}

async function drawOnce([file, workflow]: Drawn, format: string): Promise<string> {
  const cwd = import.meta.dirname
  const { code, stdout, stderr } = await tern(['compile', file, workflow, '--draw', format], { cwd })
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

type Drawn = readonly [file: string, workflow: string]

const hard: Drawn = ['fixtures/drawn-workflow.ts', 'drawn']

interface GraphvizObject {
  readonly name: string
  readonly pos?: string
  readonly width?: string
  readonly height?: string
  readonly bb?: string
  readonly nodes?: readonly number[]
}

async function layOut(which: Drawn): Promise<Layout> {
  const dot = await draw(which, 'dot')
  const json = JSON.parse((await Graphviz.load()).layout(dot, 'json')) as {
    objects: GraphvizObject[]
    edges: { tail: number; head: number; pos: string; label?: string }[]
  }
  const { objects } = json
  const nameOf = (index: number) => objects[index]!.name
  return {
    boxes: objects.flatMap(({ name, pos, width, height }) => {
      if (pos === undefined) return []
      const [x, y] = pos.split(',').map(Number) as [number, number]
      const [w, h] = [Number(width) * 36, Number(height) * 36]
      return [{ name, left: x - w, right: x + w, bottom: y - h, top: y + h }]
    }),
    frames: objects.flatMap(({ name, bb, nodes = [] }) => {
      if (bb === undefined) return []
      const [left, bottom, right, top] = bb.split(',').map(Number) as [number, number, number, number]
      return [{ name, left, right, bottom, top, inner: new Set(nodes.map(nameOf)) }]
    }),
    lines: json.edges.map(({ tail, head, pos, label = '' }) => ({
      from: nameOf(tail),
      to: nameOf(head),
      label,
      points: alongCurve(pos),
    })),
  }
}

/** Points along a line that Graphviz gives as Bézier curves: `e,1,2 3,4 …`. */
function alongCurve(pos: string): [number, number][] {
  const given = pos
    .split(' ')
    .filter((point) => !/^[es],/.test(point))
    .map((point) => point.split(',').map(Number) as [number, number])
  const points: [number, number][] = []
  for (let start = 0; start + 3 < given.length; start += 3) {
    const [a, b, c, d] = given.slice(start, start + 4) as [[number, number], ...[number, number][]]
    for (let t = 0; t <= 1; t += 0.02) {
      const at = (axis: 0 | 1) =>
        (1 - t) ** 3 * a[axis] + 3 * (1 - t) ** 2 * t * b![axis] + 3 * (1 - t) * t ** 2 * c![axis] + t ** 3 * d![axis]
      points.push([at(0), at(1)])
    }
  }
  return points
}

function crosses({ points }: Line, { left, right, bottom, top }: Box): boolean {
  return points.some(([x, y]) => x > left + 2 && x < right - 2 && y > bottom + 2 && y < top - 2)
}

describe.each([hard, ['../../../examples/earthquakes/bulletin.ts', 'bulletin']] as Drawn[])('%s', (...which) => {
  let layout: Layout
  beforeAll(async () => {
    layout = await layOut(which)
  })

  test('no line goes through a box that is not at one of its ends', () => {
    const through = layout.lines.flatMap((line) =>
      layout.boxes
        .filter(({ name }) => name !== line.from && name !== line.to)
        .filter((box) => crosses(line, box))
        .map(({ name }) => `${line.from} → ${line.to} through ${name}`),
    )
    expect(through).toEqual([])
  })

  test('no line goes through a frame that neither of its ends is in', () => {
    const through = layout.lines.flatMap((line) =>
      layout.frames
        .filter(({ inner }) => !inner.has(line.from) && !inner.has(line.to))
        .filter((frame) => crosses(line, frame))
        .map(({ name }) => `${line.from} → ${line.to} through ${name}`),
    )
    expect(through).toEqual([])
  })

  test('no two boxes lie on each other', () => {
    const { boxes } = layout
    const overlapping = boxes.flatMap((one, n) =>
      boxes
        .slice(n + 1)
        .filter((other) => one.left < other.right && other.left < one.right)
        .filter((other) => one.bottom < other.top && other.bottom < one.top)
        .map(({ name }) => `${one.name} and ${name}`),
    )
    expect(overlapping).toEqual([])
  })
})

test('lines lead where the workflow goes: cases join where several nodes follow, and a failure leads nowhere', async () => {
  const { boxes, lines } = await layOut(hard)
  const after = (name: string) => lines.filter(({ from }) => from === name).map(({ to }) => to)
  expect(after('inputs')).toEqual(['n1/n0', 'n2', 'outputs'])
  expect(after('n2')).toEqual(['n2/then0/n0', 'n2/then1/n0', 'n2/join'])
  expect(after('n2/then0/n0')).toEqual(['n2/then0/n0/then1/fails', 'n2/then0/n0/else/n0', 'n2/then0/n0/join'])
  expect(after('n2/then0/n0/join')).toEqual(['n2/then0/n1', 'n2/then0/n2'])
  expect(after('n2/then0/n0/then1/fails')).toEqual([])
  expect(after('n2/join')).toEqual(['end', 'n5'])
  expect(after('failure')).toEqual(['fn0/n0'])
  // Nothing stands alone but a workflow that does nothing.
  const alone = boxes.filter(({ name }) => !lines.some(({ from, to }) => from === name || to === name))
  expect(alone.map(({ name }) => name)).toEqual(['n6'])
})

test('the same for Mermaid, with ids and texts that it takes', async () => {
  const lines = (await draw(hard, 'mermaid')).split('\n').map((line) => line.trim())
  expect(lines.filter((line) => line.startsWith('subgraph'))).toHaveLength(3)
  expect(lines.filter((line) => line === 'end')).toHaveLength(3)
  expect(lines).toContain('node_n2__then0__n1["<b>says #lt;#amp;#gt; #quot;this#quot;</b><br/>note"]')
  expect(lines).toContain('node_n2 -->|"otherwise"| node_n2__join')
  expect(lines).toContain('node_n0[/"<b>go</b><br/>signal within 2h"/]')
  const ids = new Set(lines.flatMap((line) => /^(?:subgraph )?(node_\w+)[[({/>]/.exec(line)?.[1] ?? []))
  const links = lines.flatMap((line) => [/^(node_\w+) -\.?->(?:\|".*"\|)? (node_\w+)$/.exec(line)?.slice(1) ?? []])
  expect(links.flat().filter((id) => !ids.has(id))).toEqual([])
  expect(links.flat().length).toBeGreaterThan(60)
})

test('pictures: labels, the colours of dark screens, and maps as stacks', async () => {
  const svg = await draw(hard, 'svg')
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text.replaceAll('\u00a0', ''))
  const shown = texts.map((text) => text.replaceAll('&#45;', '-').replaceAll('&gt;', '>').replaceAll('&lt;', '<'))
  for (const text of ['kind, x', 'left, right, same', 'deep', 'approval within 1h30m', 'at least 3', 'sleep', '10m']) {
    expect(shown).toContain(text)
  }
  for (const text of [
    'x > 3',
    'middle > 100',
    'fails',
    'between is not allowed here',
    'many',
    'nightly@v1',
    'a run of its own',
  ]) {
    expect(shown).toContain(text)
  }
  expect(shown.join(' ')).not.toContain('drawn.')
  const [map = ''] = /<g [^>]*class="node map"[^]*?<\/g>/.exec(svg) ?? []
  expect(map.match(/<path /g)).toHaveLength(3)
  // Every colour that is in the picture has another one in the dark.
  const [, dark = ''] = /@media \(prefers-color-scheme:dark\)\{(.*)\}\n/.exec(svg) ?? []
  for (const [, colour] of svg.matchAll(/ (?:fill|stroke)="(#\w+|white)"/g)) expect(dark).toContain(`"${colour}"]`)
})
