import { FlowGraph, boxClass, BoxTitle } from '../../flow/flow-graph.tsx'
import { type FoundNode, findNodes } from '../../flow/find-nodes.ts'
import { type FlowBox, layOutFlow } from '../../flow/flow-layout.ts'
import type { Workflow } from '@tern/idl/graph'
import { ChevronDown, ChevronRight, Minus, Pencil, Plus } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { IconButton } from '../../design/button.tsx'
import { cx } from '../../design/cx.ts'
import { calledText } from './called-text.ts'
import { NodeIcon, nodeKindText } from './node-icon.tsx'

/** What became of a node since another version. */
export type Change = 'added' | 'changed' | 'removed'

export interface WorkflowFlowProps {
  readonly workflow: Workflow
  /** Path of the node that is looked at. */
  readonly selected: string | undefined
  readonly onSelect: (path: string) => void
  /** Whether the workflow that a node calls is shown inside of it. */
  readonly isOpen: (path: string) => boolean
  readonly onFold: (path: string, isOpen: boolean) => void
  /** By path; those that stayed as they were are left out. */
  readonly changes?: ReadonlyMap<string, Change>
}

/** The graph of a workflow as it was deployed. */
export function WorkflowFlow({ workflow, isOpen, ...props }: WorkflowFlowProps) {
  const nodes = useMemo(() => findNodes(workflow), [workflow])
  const flow = useMemo(() => {
    const nameOf = (path: string) => nodes.get(path)?.title ?? path
    return layOutFlow({ graph: workflow.graph, entities: workflow.entities, isOpen, nameOf })
  }, [workflow, nodes, isOpen])
  return (
    <FlowGraph
      label="Graph of the workflow"
      flow={flow}
      shown={props.selected}
      renderBox={(box) => <NodeBox box={box} found={nodes.get(box.path)} {...props} />}
    />
  )
}

const marks: Readonly<Record<Change, { readonly icon: ReactNode; readonly look: string; readonly text: string }>> = {
  added: { icon: <Plus size={12} aria-hidden />, look: 'border-good bg-good-soft text-good', text: 'added' },
  changed: { icon: <Pencil size={11} aria-hidden />, look: 'border-warn bg-warn-soft text-warn', text: 'changed' },
  removed: { icon: <Minus size={12} aria-hidden />, look: 'border-bad bg-bad-soft text-bad', text: 'removed' },
}

interface NodeBoxProps extends Pick<WorkflowFlowProps, 'selected' | 'onSelect' | 'onFold' | 'changes'> {
  readonly box: FlowBox
  readonly found: FoundNode | undefined
}

function NodeBox({ box, found, selected, onSelect, onFold, changes }: NodeBoxProps) {
  const change = changes?.get(box.path)
  const isContainer = box.kind === 'container'
  const isSelected = box.path === selected
  const Chevron = isContainer ? ChevronDown : ChevronRight
  return (
    <div
      className={cx(
        'relative flex',
        boxClass(box.kind, { isSelected, isFaint: box.isHandler }),
        isContainer ? 'items-start' : 'items-center',
      )}
    >
      <button
        type="button"
        aria-pressed={isSelected}
        onClick={() => onSelect(box.path)}
        className={cx(
          'flex min-w-0 grow items-center gap-2.5 rounded-lg px-3 text-left',
          isContainer ? 'h-8' : 'h-full hover:bg-hover',
        )}
      >
        {found !== undefined && <NodeIcon node={found.node} entity={found.entity} />}
        <span className="min-w-0">
          <BoxTitle box={box} />
          {!isContainer && found !== undefined && (
            <span className="block truncate text-2xs text-muted">
              {calledText(found) || nodeKindText(found.node, found.entity)}
            </span>
          )}
        </span>
      </button>
      {box.isFoldable && (
        <IconButton
          label={isContainer ? `Hide the nodes of ${box.title}` : `Show the nodes of ${box.title}`}
          aria-expanded={isContainer}
          icon={<Chevron size={14} />}
          size="large"
          onClick={() => onFold(box.path, !isContainer)}
        />
      )}
      {change !== undefined && <Mark change={change} />}
    </div>
  )
}

function Mark({ change }: { change: Change }) {
  const { icon, look, text } = marks[change]
  return (
    <span
      role="img"
      aria-label={text}
      className={cx('absolute -top-2 -right-1.5 grid size-5 place-items-center rounded-full border', look)}
    >
      {icon}
    </span>
  )
}

/** A change beside its name in a list. */
export function ChangeBadge({ change }: { change: Change }) {
  const { icon, look, text } = marks[change]
  return (
    <span className={cx('inline-flex h-5 items-center gap-1 rounded-full border px-1.5 text-2xs font-medium', look)}>
      {icon}
      {text}
    </span>
  )
}
