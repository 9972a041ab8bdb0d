import { Link } from '@tanstack/react-router'
import { compareWorkflows, type WorkflowDifference } from '@tern/core/workflow'
import type { Workflow } from '@tern/idl/graph'
import { TaskService } from '@tern/idl/task'
import { GitCompareArrows, X } from 'lucide-react'
import { useMemo } from 'react'
import { usePages } from '../../api/use-pages.ts'
import { useScope } from '../../app/scope.ts'
import { Button, IconButton } from '../../design/button.tsx'
import { cx } from '../../design/cx.ts'
import { PhaseIcon } from '../../design/phase.tsx'
import { EmptyState, ErrorState, ProblemLine, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { findNodes } from '../../flow/find-nodes.ts'
import { msOf } from '../../model/times.ts'
import { useWorkflow } from './use-workflow.ts'
import { type Change, ChangeBadge, WorkflowFlow } from './workflow-flow.tsx'
import { useFlowFolding, useWorkflowSearch } from './workflow-search.ts'

const pageSize = 50

/** The versions of a workflow, and what is different between two of them. */
export function VersionsTab({ name, shown, workflow }: { name: string; shown: string; workflow: Workflow }) {
  const { search } = useWorkflowSearch()
  return (
    <div className="flex min-h-0 grow flex-col overflow-auto lg:flex-row lg:overflow-hidden">
      <div className="order-last flex min-w-0 grow flex-col lg:order-first lg:overflow-auto lg:border-r lg:border-line">
        {search.against === undefined || search.against === shown ? (
          <EmptyState icon={GitCompareArrows} title="What has changed?">
            Choose “Compare” beside another version.
          </EmptyState>
        ) : (
          <Comparison name={name} before={search.against} after={shown} workflow={workflow} />
        )}
      </div>
      <div className="shrink-0 border-b border-line p-2 lg:w-80 lg:overflow-auto lg:border-b-0">
        <VersionList name={name} shown={shown} />
      </div>
    </div>
  )
}

function VersionList({ name, shown }: { name: string; shown: string }) {
  const scope = useScope()
  const { search, set } = useWorkflowSearch()
  const query = usePages({
    method: TaskService.method.listVersions,
    key: [scope.project, scope.domain, name],
    request: (token) => ({ taskName: { ...scope, name }, request: { limit: pageSize, token } }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 1,
  })
  const { data, error } = query
  if (data === undefined) return error === null ? <Skeleton lines={3} /> : <ProblemLine error={error} />
  return (
    <>
      <ul aria-label="Versions">
        {data.pages
          .flatMap(({ versions }) => versions)
          .map(({ version, deployedAt, latestRun }, index) => (
            <li
              key={version}
              className={cx(
                'flex items-center gap-2 rounded-md px-2 hover:bg-hover',
                version === shown && 'bg-selected',
              )}
            >
              <Link
                to="/v2/domain/$domain/project/$project/workflows/$workflow"
                params={{ ...scope, workflow: name }}
                search={{
                  view: 'versions',
                  ...(index > 0 && { version }),
                  ...(search.against !== undefined && { against: search.against }),
                }}
                aria-current={version === shown ? 'page' : undefined}
                className="flex min-w-0 grow items-center gap-2 py-1.5 text-xs"
              >
                <span className="min-w-0">
                  <span className={cx('block truncate font-mono', version === shown && 'font-medium')}>{version}</span>
                  <span className="block text-2xs text-muted">
                    deployed <TimeAgo at={msOf(deployedAt)} />
                    {index === 0 && ', the newest'}
                  </span>
                </span>
              </Link>
              {latestRun !== undefined && <PhaseIcon phase={latestRun.phase} size={12} />}
              {version !== shown && (
                <Button
                  size="small"
                  look="ghost"
                  aria-pressed={version === search.against}
                  aria-label={`Compare with ${version}`}
                  className={cx(version === search.against && 'bg-sunken text-text')}
                  onClick={() => set({ against: version === search.against ? undefined : version }, true)}
                >
                  Compare
                </Button>
              )}
            </li>
          ))}
      </ul>
      <ShowMore query={query} label="Show earlier versions" isInner />
    </>
  )
}

function Comparison({
  name,
  before,
  after,
  workflow,
}: {
  readonly name: string
  readonly before: string
  readonly after: string
  readonly workflow: Workflow
}) {
  const { set } = useWorkflowSearch()
  const old = useWorkflow(name, before)
  const differences = useMemo(
    () => (old.workflow === undefined ? undefined : compareWorkflows(old.workflow, workflow)),
    [old.workflow, workflow],
  )
  if (old.error !== null) return <ErrorState error={old.error} onRetry={() => void old.refetch()} />
  if (differences === undefined) return <Skeleton lines={6} />
  return (
    <>
      <header className="flex shrink-0 items-center gap-2 border-b border-line bg-surface px-4 py-2 text-xs">
        <h2 className="min-w-0 truncate">
          <span className="font-mono">{before}</span> <span className="text-muted">→</span>{' '}
          <span className="font-mono">{after}</span>
        </h2>
        <span className="whitespace-nowrap text-muted">{countText(differences.length)}</span>
        <span className="grow" />
        <IconButton label="Stop comparing" icon={<X size={15} />} onClick={() => set({ against: undefined })} />
      </header>
      {differences.length > 0 && <Changed workflow={workflow} differences={differences} />}
      {differences.length === 0 && (
        <EmptyState icon={GitCompareArrows} title="Nothing is different">
          The two versions have the same graph. Code that their tasks run may be another.
        </EmptyState>
      )}
    </>
  )
}

function countText(count: number): string {
  return count === 0 ? 'the same' : count === 1 ? '1 difference' : `${count} differences`
}

function Changed({ workflow, differences }: { workflow: Workflow; differences: readonly WorkflowDifference[] }) {
  const { search, set } = useWorkflowSearch()
  const nodes = useMemo(() => findNodes(workflow), [workflow])
  const folding = useFlowFolding(nodes.size)
  const changes = useMemo(
    () => new Map<string, Change>(differences.map(({ path, change }) => [path, change])),
    [differences],
  )
  return (
    <>
      <div className="flex h-64 shrink-0 border-b border-line lg:h-1/2">
        <WorkflowFlow
          workflow={workflow}
          selected={search.node}
          onSelect={(path) => set({ node: path })}
          changes={changes}
          {...folding}
        />
      </div>
      <ul aria-label="Differences" className="divide-y divide-line lg:min-h-0 lg:grow lg:overflow-auto">
        {differences.map((difference) => (
          <Difference
            key={difference.path}
            difference={difference}
            isSelected={difference.path === search.node}
            {...(nodes.has(difference.path) && { onLook: () => set({ view: undefined, node: difference.path }, true) })}
          />
        ))}
      </ul>
    </>
  )
}

function Difference({
  difference: { path, change, title, details },
  isSelected,
  onLook,
}: {
  readonly difference: WorkflowDifference
  readonly isSelected: boolean
  /** Shows the node in the graph; none for one that is there no more. */
  readonly onLook?: () => void
}) {
  return (
    <li className={cx('px-4 py-2 text-xs', isSelected && 'bg-selected')}>
      <div className="flex items-center gap-2">
        <ChangeBadge change={change} />
        {onLook === undefined ? (
          <span className="font-medium">{path === '' ? 'The workflow itself' : title}</span>
        ) : (
          <button type="button" onClick={onLook} className="rounded-sm font-medium text-accent hover:underline">
            {title}
          </button>
        )}
        {path !== '' && <span className="font-mono text-2xs text-muted">{path}</span>}
      </div>
      {details.length > 0 && (
        <dl className="mt-1.5 flex flex-col gap-1">
          {toldOf(details).map(({ field, before, after }) => (
            <div key={field} className="grid gap-x-3 sm:grid-cols-[9rem_minmax(0,1fr)]">
              <dt className="break-words text-muted">{fieldText(field)}</dt>
              <dd className="flex min-w-0 flex-wrap items-center gap-x-2 font-mono">
                <Side text={before} look="bg-bad-soft text-bad" />
                <span className="text-muted">→</span>
                <Side text={after} look="bg-good-soft text-good" />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  )
}

/** Without the mark of a task's code, which is another whenever something else of the task is. */
function toldOf(details: WorkflowDifference['details']): WorkflowDifference['details'] {
  const told = details.filter(({ field }) => !field.endsWith('.discoveryVersion'))
  return told.length === 0 ? details : told
}

/** Fields of a task are said by their last two names, those of the protocol around them mean little to people. */
function fieldText(field: string): string {
  if (!field.startsWith('task ')) return field
  return `task: ${field.slice('task '.length).split('.').slice(-2).join('.')}`
}

function Side({ text, look }: { text: string; look: string }) {
  if (text === '') return <span className="font-sans text-muted">nothing</span>
  return <span className={cx('min-w-0 rounded px-1 break-words', look)}>{text}</span>
}
