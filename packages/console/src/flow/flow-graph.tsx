import type { ReactNode } from 'react'
import { cx } from '../design/cx.ts'
import { GraphView } from '../design/graph-view.tsx'
import type { Flow, FlowBox } from './flow-layout.ts'

/** The graph of a workflow. What stands in the boxes is the caller's. */
export function FlowGraph({
  flow,
  label,
  shown,
  isFaint = () => false,
  renderBox,
}: {
  readonly flow: Flow
  readonly label: string
  /** Path of a node that is brought into sight. */
  readonly shown?: string | undefined
  /** Whether a node is there, but not taken. */
  readonly isFaint?: (path: string) => boolean
  /** Of a node, or of one with others inside. */
  readonly renderBox: (box: FlowBox) => ReactNode
}) {
  return (
    <GraphView
      label={label}
      shown={shown}
      nodes={flow.boxes.map((box) => ({
        id: box.path + (box.kind === 'lane' ? '/' : ''),
        ...box,
        content: box.kind === 'lane' ? <LaneTitle title={box.title} /> : renderBox(box),
      }))}
      edges={flow.edges.map((edge) => ({ ...edge, isFaint: isFaint(edge.to) || isFaint(edge.from) }))}
    />
  )
}

function LaneTitle({ title }: { title: string }) {
  return (
    <p className="truncate pt-1 font-mono text-2xs text-muted" title={title}>
      {title}
    </p>
  )
}

/** How a box looks. */
export function boxClass(kind: FlowBox['kind'], { isSelected = false, isFaint = false } = {}): string {
  return cx(
    'h-full w-full rounded-lg border text-left',
    kind === 'container' ? 'bg-surface/40' : 'bg-surface shadow-xs',
    isFaint && 'border-dashed bg-transparent shadow-none',
    isSelected ? 'border-accent ring-1 ring-accent' : 'border-line',
  )
}

const kinds: Readonly<Record<string, string>> = {
  map: 'for each',
  branch: 'branch',
  approval: 'approval',
  signal: 'signal',
  sleep: 'sleep',
  echo: 'value',
  dynamic: 'dynamic',
}

/** The name of a box, and what kind of node it is where that is not plain. */
export function BoxTitle({ box: { title, node, isHandler } }: { box: FlowBox }) {
  const kind = isHandler ? 'if a node fails' : kinds[node?.kind.case ?? '']
  return (
    <span className="flex items-baseline gap-1.5 text-xs font-medium">
      <span className="truncate">{title}</span>
      {kind && kind !== title && <span className="shrink-0 text-2xs font-normal text-faint">{kind}</span>}
    </span>
  )
}
