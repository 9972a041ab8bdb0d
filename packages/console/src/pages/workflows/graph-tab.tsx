import type { Workflow } from '@tern/idl/graph'
import { useMemo } from 'react'
import { cx } from '../../design/cx.ts'
import { PanelEdge, usePanelWidth } from '../../design/panel-edge.tsx'
import { EmptyState } from '../../design/states.tsx'
import { findNodes } from '../../flow/find-nodes.ts'
import { NodePanel } from './node-panel.tsx'
import { WorkflowFlow } from './workflow-flow.tsx'
import { useFlowFolding, useWorkflowSearch } from './workflow-search.ts'

/** The graph of a workflow, and beside it the node that is looked at. */
export function GraphTab({ workflow }: { workflow: Workflow }) {
  const { search, set } = useWorkflowSearch()
  const nodes = useMemo(() => findNodes(workflow), [workflow])
  const folding = useFlowFolding(nodes.size)
  const [width, setWidth] = usePanelWidth()
  const found = search.node === undefined ? undefined : nodes.get(search.node)
  const select = (path: string) => set({ node: path }, search.node === undefined)
  if (nodes.size === 0) return <EmptyState title="It has no nodes">What it gives is what it takes.</EmptyState>
  return (
    <div className="flex min-h-0 grow">
      <div className={cx('flex min-w-0 grow flex-col', found !== undefined && 'hidden md:flex')}>
        <WorkflowFlow workflow={workflow} selected={search.node} onSelect={select} {...folding} />
      </div>
      {found !== undefined && (
        <>
          <PanelEdge width={width} onChange={setWidth} />
          <aside
            aria-label="Node"
            className="flex w-full min-w-0 shrink-0 flex-col bg-surface md:w-(--panel)"
            style={{ '--panel': `${width}%` } as Record<string, string>}
          >
            <NodePanel found={found} nodes={nodes} onSelect={select} onClose={() => set({ node: undefined })} />
          </aside>
        </>
      )}
    </div>
  )
}
