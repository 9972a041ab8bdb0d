import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { ActionPhase } from '@tern/idl/common'
import { type GetGraphResponse, type Node, NodePhase, type NodeStatus, WorkflowService } from '@tern/idl/graph'
import { useEffect, useMemo } from 'react'
import { isUnimplemented } from '../../../api/unimplemented.ts'
import { cx } from '../../../design/cx.ts'
import { PhaseIcon } from '../../../design/phase.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../../design/states.tsx'
import { Elapsed } from '../../../design/time.tsx'
import { isTerminal, phaseInfo } from '../../../model/phases.ts'
import type { RunRow } from '../../../model/run-rows.ts'
import { msOf } from '../../../model/times.ts'
import { useRunParams } from '../run-search.ts'
import { findNodes } from '../../../flow/find-nodes.ts'
import { BoxTitle, boxClass, FlowGraph } from '../../../flow/flow-graph.tsx'
import { type FlowBox, layOutFlow } from '../../../flow/flow-layout.ts'

const everyMs = 1_000

/** The graph of a compiled workflow, all of it, with how far each node is. */
export function WorkflowGraph({
  action,
  root,
  selected,
  onSelect,
}: {
  /** The one that executes the workflow. */
  readonly action: string
  readonly root: RunRow | undefined
  readonly selected: string | undefined
  /** @param id of a row: an action, or the group of a map's items */
  readonly onSelect: (id: string) => void
}) {
  const { project, domain, run } = useRunParams()
  const isEnded = isTerminal(root?.phase)
  const { data, error, refetch } = useQuery(
    WorkflowService.method.getGraph,
    { subject: { case: 'actionId', value: { name: action, run: { org: '', project, domain, name: run } } } },
    {
      refetchInterval: ({ state: { error: problem, data: known } }) =>
        isUnimplemented(problem) || (isEnded && !hasOpenRun(known)) ? false : everyMs,
    },
  )
  useEffect(() => void (isEnded && refetch()), [isEnded, refetch])
  const flow = useMemo(() => (data === undefined ? undefined : layOut(data)), [data])
  if (isUnimplemented(error)) {
    return (
      <EmptyState title="This server draws no graphs of workflows">The tree and the timeline show what ran.</EmptyState>
    )
  }
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined || flow === undefined) return <Skeleton lines={8} />
  const statuses = new Map(data.nodes.map((status) => [status.path, status]))
  const isSkipped = (path: string) => statuses.get(path)?.phase === NodePhase.SKIPPED
  return (
    <FlowGraph
      label="Graph of the workflow"
      flow={flow}
      isFaint={isSkipped}
      renderBox={(box) => (
        <Box box={box} status={statuses.get(box.path)} action={action} selected={selected} onSelect={onSelect} />
      )}
    />
  )
}

/** A failure handler of a workflow that was aborted goes on behind its end. */
function hasOpenRun(response: GetGraphResponse | undefined): boolean {
  return response?.nodes.some(({ run, endedAt }) => run !== undefined && endedAt === undefined) ?? false
}

function layOut({ workflow, made }: GetGraphResponse) {
  const nodes = workflow === undefined ? undefined : findNodes(workflow)
  return layOutFlow({
    nameOf: (path) => nodes?.get(path)?.title ?? path,
    graph: workflow?.graph,
    entities: workflow?.entities ?? [],
    made: new Map(
      made.map((each) => [each.path, { graph: each.workflow?.graph, entities: each.workflow?.entities ?? [] }]),
    ),
  })
}

const phases: Readonly<Record<number, ActionPhase>> = {
  [NodePhase.QUEUED]: ActionPhase.QUEUED,
  [NodePhase.RUNNING]: ActionPhase.RUNNING,
  [NodePhase.PAUSED]: ActionPhase.PAUSED,
  [NodePhase.SUCCEEDED]: ActionPhase.SUCCEEDED,
  [NodePhase.FAILED]: ActionPhase.FAILED,
  [NodePhase.ABORTED]: ActionPhase.ABORTED,
  [NodePhase.TIMED_OUT]: ActionPhase.TIMED_OUT,
}

interface BoxProps {
  readonly box: FlowBox
  readonly status: NodeStatus | undefined
  readonly action: string
  readonly selected: string | undefined
  readonly onSelect: (id: string) => void
}

function Box({ box, status, action, selected, onSelect }: BoxProps) {
  const id = status === undefined ? '' : rowOf(box.node, box.path, status, action)
  const isSelected = id !== '' && id === selected
  const look = boxClass(box.kind, { isSelected, isFaint: status?.phase === NodePhase.SKIPPED })
  const head = <Head box={box} status={status} />
  if (box.kind === 'container')
    return (
      <div className={look}>
        <div className="px-3 py-1.5">{head}</div>
      </div>
    )
  if (status?.run !== undefined) {
    const { project, domain, name } = status.run
    return (
      <Link
        to="/v2/domain/$domain/project/$project/runs/$run"
        params={{ project, domain, run: name }}
        className={cx(look, 'flex items-center px-3 hover:border-line-strong')}
      >
        {head}
      </Link>
    )
  }
  return (
    <button
      type="button"
      disabled={id === ''}
      aria-pressed={isSelected}
      onClick={() => onSelect(id)}
      className={cx(look, 'flex items-center px-3 enabled:hover:border-line-strong')}
    >
      {head}
    </button>
  )
}

/** The row of the tree that a node is: its action; of a map, the group of its items. */
function rowOf(node: Node | undefined, path: string, status: NodeStatus, action: string): string {
  if (node?.kind.case === 'map' && (status.map?.started ?? 0) > 0) return `${action}/${path}`
  return status.action
}

function Head({ box, status }: { box: FlowBox; status: NodeStatus | undefined }) {
  const phase = phases[status?.phase ?? 0]
  const startMs = msOf(status?.startedAt)
  const word =
    status?.phase === NodePhase.SKIPPED ? 'Skipped' : phase === undefined ? 'Not reached' : phaseInfo(phase).label
  return (
    <span className="flex min-w-0 items-center gap-2.5" title={status?.error || undefined}>
      {phase === undefined ? (
        <span className="size-3.5 shrink-0 rounded-full border border-line-strong" aria-hidden />
      ) : (
        <PhaseIcon phase={phase} size={15} isNamed={false} />
      )}
      <span className="min-w-0">
        <BoxTitle box={box} />
        {box.kind === 'node' && (
          <span className="block truncate text-2xs text-muted">
            {status?.map === undefined || status.map.total === 0
              ? word
              : `${status.map.succeeded} of ${status.map.total}${status.map.failed > 0 ? `, ${status.map.failed} failed` : ''}`}
            {startMs !== undefined && phase !== undefined && (
              <>
                {' · '}
                <Elapsed from={startMs} to={msOf(status?.endedAt) ?? (isTerminal(phase) ? startMs : undefined)} />
              </>
            )}
          </span>
        )}
      </span>
    </span>
  )
}
