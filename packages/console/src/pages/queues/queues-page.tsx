import { getRouteApi } from '@tanstack/react-router'
import { Gauge } from 'lucide-react'
import { toProblem } from '../../api/problem.ts'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { CopyAs } from '../../design/copy.tsx'
import { Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { Segments } from '../../design/segments.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { statusSnippets } from '../../model/snippets.ts'
import { Capacity } from './capacity.tsx'
import type { WholeStatus } from './merge-status.ts'
import { QueueTable } from './queue-table.tsx'
import { ServerList } from './server-list.tsx'
import { useStatus } from './use-status.ts'
import { WaitList } from './wait-list.tsx'
import { WorkerList } from './worker-list.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/queues')

/** What the servers are busy with, and what waits for what. */
export function QueuesPage() {
  const scope = useScope()
  useTitle('Queues and workers')
  const { of = 'all', group } = route.useSearch()
  const navigate = route.useNavigate()
  const isOfProject = of === 'project'
  const { status, error, refetch } = useStatus(isOfProject ? scope : undefined)
  const open = (key: string | undefined) =>
    void navigate({
      search: (before) => ({ ...(before.of && { of: before.of }), ...(key && { group: key }) }),
      replace: true,
    })
  return (
    <>
      <PageHeader
        title="Queues and workers"
        actions={
          <>
            <Segments
              label="Whose waits"
              options={[
                { name: 'all', label: 'All projects' },
                { name: 'project', label: 'This project' },
              ]}
              chosen={of}
              onChoose={(name) => void navigate({ search: name === 'all' ? {} : { of: name }, replace: true })}
            />
            <CopyAs snippets={statusSnippets(scope, { isOfProject, group })} />
          </>
        }
      />
      {status === undefined && error !== null && <Refused error={error} onRetry={() => void refetch()} />}
      {status === undefined && error === null && <Skeleton lines={8} />}
      {status !== undefined && (
        <>
          <Counts status={status} />
          <div className="grid grow content-start lg:grid-cols-[minmax(0,1fr)_22rem] lg:content-stretch">
            <div className="min-w-0 border-line lg:border-r">
              <Section title="What waits for what">
                <WaitList status={status} open={group} onOpen={open} scope={isOfProject ? scope : undefined} />
              </Section>
              <Section title="Workers">
                <WorkerList pools={status.pools} />
              </Section>
            </div>
            <div className="min-w-0 border-t border-line lg:border-t-0">
              <Section title="Capacity">
                <Capacity resources={status.resources} />
              </Section>
              <Section title="Queues">
                <QueueTable queues={status.queues} />
              </Section>
              <Section title={status.servers.length > 1 ? `${status.servers.length} servers` : 'Server'}>
                <ServerList servers={status.servers} />
              </Section>
            </div>
          </div>
        </>
      )}
    </>
  )
}

function Refused({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (toProblem(error).code !== 'Unimplemented') return <ErrorState error={error} onRetry={onRetry} />
  return (
    <EmptyState icon={Gauge} title="This server does not tell what it is busy with">
      Queues, capacity and workers are shown for servers of Tern. What a run waits for is said with its actions.
    </EmptyState>
  )
}

function Counts({ status: { runs, busy, waiting, parents } }: { status: WholeStatus }) {
  const counts = [
    { label: 'Runs under way', count: runs },
    { label: 'Actions running', count: busy },
    { label: 'Actions waiting', count: waiting },
    { label: 'Waiting for their children', count: parents },
  ]
  return (
    <dl className="grid shrink-0 grid-cols-2 border-b border-line bg-surface md:grid-cols-4">
      {counts.map(({ label, count }, index) => (
        <div
          key={label}
          className={`flex flex-col-reverse px-4 py-3 md:px-5 ${index % 2 === 1 ? 'border-l' : ''} ${index > 0 ? 'md:border-l' : ''} ${index > 1 ? 'border-t md:border-t-0' : ''} border-line`}
        >
          <dt className="text-xs text-muted">{label}</dt>
          <dd className="text-xl font-semibold tabular-nums">{count.toLocaleString()}</dd>
        </div>
      ))}
    </dl>
  )
}
