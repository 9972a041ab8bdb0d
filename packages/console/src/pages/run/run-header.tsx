import type { RunDetails } from '@tern/idl/workflow'
import { PageHeader } from '../../design/page.tsx'
import { PhaseBadge } from '../../design/phase.tsx'
import { Elapsed, TimeAgo } from '../../design/time.tsx'
import type { RunRow } from '../../model/run-rows.ts'
import { msOf } from '../../model/times.ts'
import { useRunParams } from './run-search.ts'

/** What a run is, how it is, and what can be done about it. */
export function RunHeader({ details, root }: { details: RunDetails | undefined; root: RunRow | undefined }) {
  const { project, domain, run } = useRunParams()
  const status = details?.action?.status
  const startMs = root?.startMs ?? msOf(status?.startTime)
  return (
    <PageHeader
      crumbs={[{ label: 'Runs', to: `/v2/domain/${domain}/project/${project}/runs` }]}
      title={
        <span className="flex items-center gap-2.5">
          <span className="font-mono text-sm font-medium">{run}</span>
          <PhaseBadge phase={root?.phase ?? status?.phase} />
        </span>
      }
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <span className="font-medium text-text">{root?.label}</span>
        <span>
          <TimeAgo at={startMs} />
        </span>
        <span>
          <Elapsed from={startMs} to={root?.endMs} />
        </span>
      </div>
    </PageHeader>
  )
}
