import { Maximize, Minus, Plus } from 'lucide-react'
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { IconButton } from './button.tsx'

export interface GraphNode {
  readonly id: string
  /** Of the upper left corner, in pixels. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly content: ReactNode
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** Not taken, or not there yet. */
  readonly isFaint?: boolean
}

const zooms = [0.4, 0.55, 0.75, 1, 1.25]
const margin = 24
/** Smaller is for overviews, which somebody has to ask for. */
const smallestReadable = 0.875

/** Boxes with lines between them, from left to right. Scrolls; what a box shows is the caller's. */
export function GraphView({
  nodes,
  edges,
  label,
  shown,
}: {
  nodes: ReadonlyArray<GraphNode>
  edges: ReadonlyArray<GraphEdge>
  label: string
  /** A node that is brought into sight when it is another than before. */
  shown?: string | undefined
}) {
  const [zoom, setZoom] = useState(1)
  const scroller = useRef<HTMLDivElement>(null)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const width = Math.max(0, ...nodes.map((node) => node.x + node.width)) + 2 * margin
  const firstWidth = useRef(width)
  const height = Math.max(0, ...nodes.map((node) => node.y + node.height)) + 2 * margin
  const step = (by: number) => setZoom(zooms[Math.max(0, Math.min(zooms.length - 1, nearest(zoom) + by))] as number)
  const fit = () => {
    const box = scroller.current
    if (box !== null) setZoom(Math.max(0.25, Math.min(1.25, box.clientWidth / width, box.clientHeight / height)))
  }
  // What nearly fits is made to fit when it is opened.
  const isEmpty = nodes.length === 0
  useLayoutEffect(() => {
    const box = scroller.current
    if (box !== null && !isEmpty) setZoom(Math.max(smallestReadable, Math.min(1, box.clientWidth / firstWidth.current)))
  }, [isEmpty])
  useBringIntoSight(scroller, shown === undefined ? undefined : byId.get(shown), zoom)
  return (
    <div className="relative flex min-h-0 min-w-0 grow">
      <div
        ref={scroller}
        tabIndex={0}
        role="group"
        aria-label={label}
        className="min-h-0 min-w-0 grow overflow-auto bg-canvas outline-offset-[-2px]"
      >
        <div style={{ width: width * zoom, height: height * zoom }}>
          <div className="relative origin-top-left" style={{ width, height, transform: `scale(${zoom})` }}>
            <svg width={width} height={height} className="absolute inset-0" aria-hidden>
              {edges.map(({ from, to, isFaint }) => {
                const [source, target] = [byId.get(from), byId.get(to)]
                if (source === undefined || target === undefined) return null
                return (
                  <path
                    key={`${from} ${to}`}
                    d={curve(source, target)}
                    fill="none"
                    stroke="var(--line-strong)"
                    strokeWidth={1.25}
                    opacity={isFaint ? 0.35 : 0.8}
                    {...(isFaint && { strokeDasharray: '3 4' })}
                  />
                )
              })}
            </svg>
            {nodes.map((node) => (
              <div
                key={node.id}
                className="absolute"
                style={{ left: node.x + margin, top: node.y + margin, width: node.width, height: node.height }}
              >
                {node.content}
              </div>
            ))}
          </div>
        </div>
      </div>
      <div
        role="group"
        aria-label="Zoom"
        className="absolute right-3 bottom-3 flex rounded-md border border-line bg-surface shadow-xs"
      >
        <IconButton label="Smaller" icon={<Minus size={14} />} onClick={() => step(-1)} />
        <IconButton label="Larger" icon={<Plus size={14} />} onClick={() => step(1)} />
        <IconButton label="Fit" icon={<Maximize size={13} />} onClick={fit} />
      </div>
    </div>
  )
}

function useBringIntoSight(
  scroller: RefObject<HTMLDivElement | null>,
  node: GraphNode | undefined,
  zoom: number,
): void {
  const latest = useRef(node)
  latest.current = node
  const id = node?.id
  useEffect(() => {
    const [box, at] = [scroller.current, latest.current]
    if (box === null || at === undefined) return
    const [left, right] = [(at.x + margin) * zoom, (at.x + margin + at.width) * zoom]
    const [top, bottom] = [(at.y + margin) * zoom, (at.y + margin + at.height) * zoom]
    const isSeen =
      left >= box.scrollLeft &&
      right <= box.scrollLeft + box.clientWidth &&
      top >= box.scrollTop &&
      bottom <= box.scrollTop + box.clientHeight
    const before = (room: number, size: number) => Math.max(margin, (room - size) / 2)
    if (isSeen) return
    box.scrollTo({
      left: left - before(box.clientWidth, right - left),
      top: top - before(box.clientHeight, bottom - top),
    })
  }, [scroller, id, zoom])
}

function nearest(zoom: number): number {
  const distances = zooms.map((each) => Math.abs(each - zoom))
  return distances.indexOf(Math.min(...distances))
}

function curve(source: GraphNode, target: GraphNode): string {
  const [x1, y1] = [source.x + source.width + margin, source.y + source.height / 2 + margin]
  const [x2, y2] = [target.x + margin, target.y + target.height / 2 + margin]
  const bend = Math.max(16, (x2 - x1) / 2)
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}
